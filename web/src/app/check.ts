// Reading of foreign JSON. A Reader turns an unknown value into a T or throws Malformed with
// the place of the first thing that was not as promised.

export class Malformed extends Error {
  override name = 'Malformed';
}

export type Reader<T> = (value: unknown, place: string) => T;

const wrong = (place: string, want: string): never => {
  throw new Malformed(`${place}: want ${want}`);
};

export const string: Reader<string> = (v, place) =>
  typeof v === 'string' ? v : wrong(place, 'a string');

export const number: Reader<number> = (v, place) =>
  typeof v === 'number' && Number.isFinite(v) ? v : wrong(place, 'a number');

export const boolean: Reader<boolean> = (v, place) =>
  typeof v === 'boolean' ? v : wrong(place, 'true or false');

export const time: Reader<Date> = (v, place) => {
  const when = new Date(string(v, place));
  return Number.isNaN(when.getTime()) ? wrong(place, 'a time') : when;
};

/** path accepts an absolute path only: a foreign host must never become a media address. */
export const path: Reader<string> = (v, place) => {
  const s = string(v, place);
  return s.startsWith('/') && !s.startsWith('//') && !s.includes('\\')
    ? s
    : wrong(place, 'an absolute path');
};

export const list =
  <T>(item: Reader<T>): Reader<T[]> =>
  (v, place) =>
    Array.isArray(v) ? v.map((x, i) => item(x, `${place}[${i}]`)) : wrong(place, 'a list');

/** optional gives undefined for an absent or null field. */
export const optional =
  <T>(inner: Reader<T>): Reader<T | undefined> =>
  (v, place) =>
    v === undefined || v === null ? undefined : inner(v, place);

type Shape<T> = { [K in keyof T]: Reader<T[K]> };

/** object reads the named fields and ignores others, so that a newer server may say more. */
export const object =
  <T extends object>(shape: Shape<T>): Reader<T> =>
  (v, place) => {
    if (typeof v !== 'object' || v === null || Array.isArray(v)) return wrong(place, 'an object');
    const source = v as Record<string, unknown>;
    const out: Partial<T> = {};
    for (const key in shape) {
      out[key] = shape[key](source[key], place === '' ? key : `${place}.${key}`);
    }
    return out as T;
  };
