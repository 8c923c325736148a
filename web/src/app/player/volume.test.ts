import { expect, it } from 'vitest';
import { full, readLoudness, turn } from './volume';

it('turns in whole percents, within the ends', () => {
  expect(turn({ volume: 0.3, muted: false }, 0.05).volume).toBe(0.35);
  expect(turn({ volume: 0.98, muted: false }, 0.05).volume).toBe(1);
  expect(turn({ volume: 0.02, muted: false }, -0.05).volume).toBe(0);
});

it('ends a mute when turned up, not when turned down', () => {
  expect(turn({ volume: 0.5, muted: true }, 0.05).muted).toBe(false);
  expect(turn({ volume: 0.5, muted: true }, -0.05).muted).toBe(true);
});

it('reads what it wrote, and full volume from anything else', () => {
  expect(readLoudness('{"volume":0.4,"muted":true}')).toEqual({ volume: 0.4, muted: true });
  expect(readLoudness('{"volume":7,"muted":false}')).toEqual({ volume: 1, muted: false });
  for (const saved of [null, '', '{', '{"volume":"1","muted":false}', '[]']) {
    expect(readLoudness(saved)).toEqual(full);
  }
});
