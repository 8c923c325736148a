import { describe, expect, it } from 'vitest';
import type { Answer } from '../api';
import type { MediaInfo, Rendition } from '../info';
import { type Browser, early, fatal, typesOf, waits, wayOf } from './way';

const rendition = (codec: string, codecs: string, more: Partial<Rendition> = {}): Rendition => ({
  name: codec,
  uri: `${codec}/index.m3u8`,
  kind: 'audio',
  codec,
  codecs,
  format: 'fmp4',
  sampleRate: 44100,
  channels: 2,
  bits: undefined,
  timescale: 44100,
  delay: 0,
  padding: 0,
  gapless: undefined,
  segments: 3,
  bandwidth: undefined,
  averageBandwidth: undefined,
  ...more,
});

const info = (...renditions: Rendition[]): Answer<MediaInfo> => ({
  ok: true,
  value: { version: 'v', format: 'mp4', duration: 14, loudness: undefined, renditions, notes: [] },
});
const refused = (status: number): Answer<MediaInfo> => ({
  ok: false,
  failure: { kind: 'invalid', status },
});

/** A browser that buffers and plays what its lists name. */
const browser = (buffers: string[], plays = buffers, native = false): Browser => ({
  mse: buffers.length > 0,
  native,
  buffers: (t) => buffers.some((b) => t.includes(b)),
  plays: (t) => plays.some((p) => t.includes(p)),
});
const usual = browser(['mp4a.40', 'flac', 'opus', 'audio/mpeg']);

const aac = rendition('aac', 'mp4a.40.2');
const alac = rendition('alac', 'alac', { bits: 16 });

describe('before the server is asked', () => {
  it('the file plays where there is no HLS on either side, or none any more', () => {
    expect(early(usual, false, false)).toBe('off');
    expect(early(browser([]), true, false)).toBe('browser');
    expect(early(usual, true, true)).toBe('broke');
    expect(early(usual, true, false)).toBeUndefined();
    expect(early(browser([], [], true), true, false)).toBeUndefined();
  });
});

describe('with the server’s answer', () => {
  it.each([
    rendition('aac', 'mp4a.40.2'),
    rendition('flac', 'fLaC'),
    rendition('opus', 'Opus'),
    rendition('mp3', 'mp4a.40.34', { format: 'packed' }),
  ])('$codec plays over HLS', (sound) => {
    expect(wayOf(usual, info(sound))).toEqual({ by: 'hls', playlist: 'master.m3u8' });
  });

  it('of a film the sound plays', () => {
    const film = rendition('h264', 'avc1.64001f', { kind: 'video' });
    expect(wayOf(usual, info(film, aac))).toEqual({ by: 'hls', playlist: 'aac/index.m3u8' });
    expect(wayOf(usual, info(film))).toEqual({ by: 'stream', why: 'refused' });
  });

  it('a browser with HLS of its own only gets the playlist', () => {
    const apple = browser([], ['mp4a.40'], true);
    expect(wayOf(apple, info(aac))).toEqual({ by: 'native', playlist: 'master.m3u8' });
  });

  it('what plays as a file only is played so', () => {
    const way = wayOf(browser(['mp4a.40'], ['alac']), info(alac));
    expect(way).toEqual({ by: 'stream', why: 'codec' });
  });

  it('what has no decoder is named', () => {
    expect(wayOf(usual, info(alac))).toEqual({ by: 'nothing', codec: 'ALAC' });
  });

  it.each([
    [503, 'indexing'],
    [415, 'refused'],
    [422, 'refused'],
    [404, 'unreachable'],
    [500, 'unreachable'],
  ])('on %i the file plays', (status, why) => {
    expect(wayOf(usual, refused(status))).toEqual({ by: 'stream', why });
  });
});

it('asks for a codec under each of its spellings', () => {
  expect(typesOf(rendition('flac', 'fLaC'))).toEqual([
    'audio/mp4; codecs="fLaC"',
    'audio/mp4; codecs="flac"',
  ]);
  expect(typesOf(rendition('mp3', 'mp4a.40.34'))[0]).toBe('audio/mpeg');
});

it('blames the media only where the element says so', () => {
  expect(fatal(3)).toBe('media');
  expect(fatal(2)).toBe('stream');
  expect(fatal(undefined)).toBe('stream');
});

it('waits for a lost connection while there is sound to play', () => {
  expect(waits(20, true)).toBe(true);
  expect(waits(0.5, true)).toBe(false);
  expect(waits(20, false)).toBe(false);
});
