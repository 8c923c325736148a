import { describe, expect, it } from 'vitest';
import { bare, fill, plan, timeOf } from './gapless';

const playlist = `#EXTM3U
#EXT-X-VERSION:7
#EXTINF:6.000000,
a/0.m4s
#EXTINF:4.100000,
a/1.m4s
#EXT-X-DISCONTINUITY
#EXTINF:6.000000,
b/0.m4s
#EXTINF:0.080000,
b/1.m4s
#EXT-X-ENDLIST
`;
const parts = [
  { start: 0, duration: 10, segments: 2 },
  { start: 10, duration: 6, segments: 2 },
];
const times = (text = '') => [...text.matchAll(/EXTINF:([\d.]+)/g)].map((m) => Number(m[1]));

describe('a plan', () => {
  it('makes each part as long as its music', () => {
    const [a, b, c, d] = times(plan(playlist, parts)?.playlist) as [number, number, number, number];
    expect(a + b).toBeCloseTo(10, 6);
    expect(c + d).toBeCloseTo(6, 6);
    // A last segment that is nearly all padding is not made nothing.
    expect(d).toBeGreaterThanOrEqual(0.05);
  });

  it('says for each segment where it is cut', () => {
    expect(plan(playlist, parts)?.cuts).toEqual([
      { part: 0, start: 0, end: 10, into: 0, trim: true },
      { part: 0, start: 0, end: 10, into: 6, trim: true },
      { part: 1, start: 10, end: 16, into: 0, trim: true },
      { part: 1, start: 10, end: 16, into: 6, trim: true },
    ]);
  });

  it('leaves alone what has nothing added', () => {
    const exact = [
      { start: 0, duration: 10.1, segments: 2 },
      { start: 10.1, duration: 6.08, segments: 2 },
    ];
    const made = plan(playlist, exact);
    expect(made?.playlist).toBe(playlist);
    expect(made?.cuts.some((c) => c.trim)).toBe(false);
  });

  it('is not made of a playlist that is not as the parts say', () => {
    expect(plan(playlist, parts.slice(0, 1))).toBeUndefined();
    expect(plan(playlist, [{ start: 0, duration: 16, segments: 4 }])).toBeUndefined();
  });
});

it('takes the edit list and the pre-skip of Opus out of an init section, and nothing else', () => {
  const bytes = new TextEncoder().encode('ftypmoovtrakedtselst....dOps\0\x02\x01\x38rest');
  bare(bytes);
  expect(new TextDecoder().decode(bytes)).toBe('ftypmoovtrakfreeelst....dOps\0\x02\0\0rest');
  const without = new TextEncoder().encode('ftypmoov');
  bare(without);
  expect(new TextDecoder().decode(without)).toBe('ftypmoov');
});

it('reads the time that a fragment begins at', () => {
  const long = Uint8Array.of(9, 9, 0x74, 0x66, 0x64, 0x74, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2);
  expect(timeOf(long)).toBe(65538);
  const short = Uint8Array.of(0x74, 0x66, 0x64, 0x74, 0, 0, 0, 0, 0, 0, 1, 1);
  expect(timeOf(short)).toBe(257);
  expect(timeOf(Uint8Array.of(1, 2, 3))).toBeUndefined();
});

it('gives a short last frame the length of the first', () => {
  const trun = (flags: number, ...words: number[]) => {
    const view = new DataView(new ArrayBuffer(4 * (words.length + 2)));
    view.setUint32(0, 0x7472756e);
    view.setUint32(4, 0x01000000 | flags);
    for (const [i, word] of words.entries()) view.setUint32(8 + 4 * i, word);
    return view;
  };
  const filled = (view: DataView) => {
    fill(new Uint8Array(view.buffer));
    return view.getUint32(view.byteLength - 12);
  };
  // Two frames of duration and size behind a data offset.
  expect(filled(trun(0x301, 2, 99, 1024, 500, 232, 400, 0))).toBe(1024);
  // No durations, or a fragment cut short: nothing is touched.
  expect(filled(trun(0x201, 3, 99, 500, 400, 300))).toBe(500);
  expect(filled(trun(0x301, 9, 99, 1024, 500, 232, 400, 0))).toBe(232);
});
