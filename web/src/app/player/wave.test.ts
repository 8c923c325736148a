import { expect, it } from 'vitest';
import { fold } from './peaks';
import { pathOf } from './wave-path';

it('folds channels into peaks of the mix, the loudest being 1', async () => {
  const left = Float32Array.of(0, 0.5, 0, 0, -1, 0, 0, 0);
  const right = Float32Array.of(0, 0.5, 0, 0, 1, 0, 0, -0.25);
  expect([...(await fold([left, right], 4))]).toEqual([1, 0, 0, 0.25]);
});

it('leaves silence silent', async () => {
  expect([...(await fold([new Float32Array(8)], 2))]).toEqual([0, 0]);
});

it('draws as many strokes as there is room for, dots where nothing is known', () => {
  expect(pathOf(undefined, 10, 20)).toBe('M1.5 9.5v1.0M4.5 9.5v1.0M7.5 9.5v1.0');
  expect(pathOf(Float32Array.of(1, 0, 0.5), 9, 20)).toBe('M1.5 1.0v18.0M4.5 9.5v1.0M7.5 5.5v9.0');
  expect(pathOf(undefined, 0, 0)).toBe('');
});
