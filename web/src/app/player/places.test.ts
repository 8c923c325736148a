import { expect, it } from 'vitest';
import { Places } from './places';

function memory(saved?: string) {
  const values = new Map<string, string>();
  if (saved !== undefined) values.set('segue.places', saved);
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
  };
}

it('remembers a place across visits', () => {
  const store = memory();
  new Places(store).set('/a.flac', 61.26, 200);
  expect(new Places(store).get('/a.flac')).toBe(61.3);
  expect(new Places(store).get('/b.flac')).toBe(0);
});

it('forgets a place near the start, near the end and on wish', () => {
  const places = new Places(memory());
  for (const at of [2, 197]) {
    places.set('/a.flac', 50, 200);
    places.set('/a.flac', at, 200);
    expect(places.get('/a.flac')).toBe(0);
  }
  places.set('/a.flac', 50, 200);
  places.forget('/a.flac');
  expect(places.get('/a.flac')).toBe(0);
});

it('keeps the places of short tracks too', () => {
  const places = new Places(memory());
  places.set('/a.flac', 7, 10);
  expect(places.get('/a.flac')).toBe(7);
  places.set('/a.flac', 9.8, 10);
  expect(places.get('/a.flac')).toBe(0);
});

it('keeps a place of unknown length', () => {
  const places = new Places(memory());
  places.set('/a.flac', 50, Number.NaN);
  expect(places.get('/a.flac')).toBe(50);
});

it('drops the oldest beyond its limit', () => {
  const store = memory();
  const places = new Places(store);
  for (let i = 0; i < 301; i++) places.set(`/${i}.flac`, 50, 200);
  expect(places.get('/0.flac')).toBe(0);
  expect(places.get('/1.flac')).toBe(50);
  expect(new Places(store).get('/300.flac')).toBe(50);
});

it.each(['{', '7', '[["/a.flac","x"],["/b.flac"],null]'])(
  'survives storage that says %s',
  (saved) => {
    expect(new Places(memory(saved)).get('/a.flac')).toBe(0);
  },
);

it('works without any storage, and with one that refuses', () => {
  const refusing = {
    getItem: () => null,
    setItem: () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  for (const store of [undefined, refusing]) {
    const places = new Places(store);
    places.set('/a.flac', 50, 200);
    expect(places.get('/a.flac')).toBe(50);
  }
});
