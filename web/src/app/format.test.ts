import { expect, it } from 'vitest';
import { clock, size, spoken } from './format';

it.each([
  [0, '0:00'],
  [5.9, '0:05'],
  [185, '3:05'],
  [3723, '1:02:03'],
  [Number.NaN, '–:––'],
  [Number.POSITIVE_INFINITY, '–:––'],
  [-1, '–:––'],
])('clock(%d) is %s', (seconds, want) => expect(clock(seconds)).toBe(want));

it.each([
  [0, '0 seconds'],
  [61, '1 minute 1 second'],
  [3600, '1 hour'],
  [7384, '2 hours 3 minutes 4 seconds'],
  [Number.NaN, 'unknown length'],
])('spoken(%d) is %s', (seconds, want) => expect(spoken(seconds)).toBe(want));

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [1234567, '1.2 MB'],
  [999_999, '1 MB'],
  [23_456_000_000, '23.5 GB'],
])('size(%d) is %s', (bytes, want) => expect(size(bytes)).toBe(want));
