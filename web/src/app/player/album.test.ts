import { describe, expect, it } from 'vitest';
import type { Track } from '../api';
import type { AlbumInfo } from '../info';
import { ahead, fits, indexIn, trackAt, within } from './album';

const paths = ['/a/1.flac', '/a/2.flac', '/a/3.flac'];
const album: AlbumInfo = {
  version: 'v',
  duration: 45,
  tracks: paths.map((path, i) => ({
    path,
    codec: 'flac',
    start: i * 15,
    duration: 15,
    raw: 15,
    segments: 3,
  })),
  codecs: ['fLaC'],
};
const queue = (...p: string[]) => p.map((path) => ({ path }) as Track);

describe('an album is the queue', () => {
  it('when both have the same tracks in the same order', () => {
    expect(fits(album, queue(...paths))).toBe(true);
  });
  it('as far as the queue is known', () => {
    expect(fits(album, queue(...paths.slice(0, 2)))).toBe(true);
    expect(fits({ ...album, tracks: album.tracks.slice(0, 2) }, queue(...paths))).toBe(true);
  });
  it('not when a track was left out, or the order is another', () => {
    expect(fits(album, queue('/a/1.flac', '/a/3.flac'))).toBe(false);
    expect(fits(album, queue('/a/2.flac', '/a/1.flac', '/a/3.flac'))).toBe(false);
  });
  it('not for a single track', () => {
    expect(fits(album, queue('/a/1.flac'))).toBe(false);
  });
});

it('finds the track that sounds at a second', () => {
  const at = (s: number) => trackAt(album.tracks, s);
  expect([0, 14.9, 14.9985, 15, 29.5, 44, 99].map(at)).toEqual([0, 0, 1, 1, 1, 2, 2]);
  expect(indexIn(album, '/a/2.flac')).toBe(1);
  expect(indexIn(album, '/a/9.flac')).toBe(-1);
});

it('shows what is buffered as the track’s own', () => {
  const span = { start: 15, duration: 15 };
  const ranges: [number, number][] = [
    [0, 14],
    [16, 20],
    [25, 40],
  ];
  expect(within(ranges, span)).toEqual([
    [1, 5],
    [10, 15],
  ]);
  expect(within(ranges, undefined)).toEqual(ranges);
});

it('counts the seconds that can be played', () => {
  expect(ahead([[0, 10]], 4)).toBe(6);
  expect(ahead([[4.02, 10]], 4)).toBe(6);
  expect(ahead([[0, 10]], 11)).toBe(0);
});
