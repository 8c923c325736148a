// Numbers, sizes, times and dates as a person reads them. All go through Intl with the
// language of the catalogue, so that a page never mixes two languages.
import { text } from './text';

const locale = text.locale;

const clockSeconds = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 });
const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });

const sizeUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const sizeFormats = sizeUnits.map(
  (unit, i) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      unitDisplay: i === 0 ? 'long' : 'short',
      maximumFractionDigits: i < 2 ? 0 : 1,
    }),
);

const spokenUnits = (['hour', 'minute', 'second'] as const).map(
  (unit) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }),
);

const blank = '–:––';

/** clock gives 3:05 or 1:02:03; an unknown length gives dashes of about the same width. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return blank;
  const whole = Math.floor(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = clockSeconds.format(s);
  return h > 0 ? `${h}:${clockSeconds.format(m)}:${tail}` : `${m}:${tail}`;
}

/** spoken gives the same length in words, for a screen reader. */
export function spoken(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return text.player.unknownLength;
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const said = parts.flatMap((n, i) => (n > 0 ? [spokenUnits[i]?.format(n) ?? ''] : []));
  return said.length > 0 ? said.join(' ') : (spokenUnits[2]?.format(0) ?? '');
}

/** size gives decimal units, as browsers and most shops count them. */
export function size(bytes: number): string {
  let n = Math.max(0, bytes);
  let unit = 0;
  // 999.95 and more would round up to "1,000 MB".
  while (n >= 999.95 && unit < sizeUnits.length - 1) {
    n /= 1000;
    unit++;
  }
  return sizeFormats[unit]?.format(n) ?? String(bytes);
}

export const day = (when: Date): string => date.format(when);

export const moment = (when: Date): string => dateTime.format(when);
