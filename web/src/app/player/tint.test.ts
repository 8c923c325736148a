import { expect, it } from 'vitest';
import { dominant } from './tint';

const pixels = (...runs: [number, [number, number, number]][]): number[] =>
  runs.flatMap(([n, [r, g, b]]) => Array.from({ length: n }, () => [r, g, b, 255]).flat());

it('finds the hue that most colour stands in', () => {
  const red = dominant(pixels([60, [200, 30, 30]], [20, [30, 60, 200]], [300, [240, 240, 240]]));
  expect(red.hue).toBeGreaterThan(15);
  expect(red.hue).toBeLessThan(40);
  const blue = dominant(pixels([10, [200, 30, 30]], [60, [30, 60, 200]]));
  expect(blue.hue).toBeGreaterThan(250);
  expect(blue.hue).toBeLessThan(275);
});

it('never gives a chroma that would shout', () => {
  expect(dominant(pixels([10, [255, 0, 255]])).chroma).toBeLessThanOrEqual(0.13);
});

it('keeps a black and white picture quiet', () => {
  expect(dominant(pixels([50, [0, 0, 0]], [50, [250, 250, 250]])).chroma).toBeLessThan(0.02);
  expect(dominant([]).chroma).toBeLessThan(0.02);
});
