import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Track } from '../api';
import { Deck, type Opened, type What } from './deck';
import type { Queue } from './machine';

const track = (path: string): Track => ({ path, name: path.split('/').at(-1) }) as Track;
const tracks = ['/a/1.flac', '/a/2.flac', '/a/3.flac'].map(track);
const [one, two, three] = tracks as [Track, Track, Track];
const queue: Queue = { folder: '/a/', tracks, next: undefined };

const info = (codec: string, codecs: string) => ({
  version: 'v',
  format: 'mp4',
  duration: 15,
  renditions: [
    {
      name: codec,
      uri: `${codec}/index.m3u8`,
      kind: 'audio',
      codec,
      codecs,
      segment_format: 'fmp4',
    },
  ],
});
const album = {
  version: 'v',
  duration: 45,
  tracks: tracks.map(({ path }, i) => ({
    path,
    codec: 'flac',
    start: i * 15,
    duration: 15,
    segments: 3,
  })),
  renditions: [{ codecs: 'fLaC' }],
};
const problem = (status: number, detail: string) =>
  new Response(JSON.stringify({ detail }), { status, headers: { 'Retry-After': '2' } });

let answers: Record<string, () => Response>;
let opened: What[];
let audio: { src: string; load: () => void };
let enabled: boolean;
const destroy = vi.fn();

const make = () =>
  new Deck({
    audio: audio as unknown as HTMLAudioElement,
    browser: { mse: true, native: false, buffers: (t) => !t.includes('alac'), plays: () => false },
    enabled: async () => enabled,
    engine: async () => (_, what) => {
      opened.push(what);
      return { destroy };
    },
  });
const open = async (deck: Deck, t: Track, at = 0): Promise<Opened> =>
  deck.open({ track: t, at, queue });

beforeEach(() => {
  opened = [];
  enabled = true;
  audio = { src: '', load: vi.fn() };
  destroy.mockClear();
  answers = {
    '/a/hls/info.json': () => problem(404, 'none'),
  };
  for (const { path } of tracks) {
    answers[`${path}/hls/info.json`] = () => Response.json(info('flac', 'fLaC'));
  }
  vi.stubGlobal('navigator', { onLine: true });
  vi.stubGlobal(
    'fetch',
    vi.fn(async (url: string) => answers[url]?.() ?? problem(404, 'none')),
  );
});
afterEach(() => vi.unstubAllGlobals());

it('plays a track over HLS, from its place', async () => {
  const deck = make();
  expect(await open(deck, one, 7)).toMatchObject({ by: 'hls', span: undefined });
  expect(opened[0]).toMatchObject({ url: '/a/1.flac/hls/master.m3u8', at: 7 });
  expect(deck.getReport()).toMatchObject({ by: 'hls', album: false });
});

it('plays the folder as one where its album fits, and moves within it at once', async () => {
  answers['/a/hls/info.json'] = () => Response.json(album);
  const deck = make();
  expect(await open(deck, two, 3)).toMatchObject({ by: 'hls', span: { start: 15, duration: 15 } });
  expect(opened[0]).toMatchObject({ url: '/a/hls/master.m3u8', at: 18 });
  const next = deck.open({ track: three, at: 0, queue });
  expect(next).toMatchObject({ span: { start: 30, duration: 15 }, kept: true });
  expect(opened).toHaveLength(1);
});

it('plays the file while the server is reading it, and where it cannot package it', async () => {
  answers['/a/1.flac/hls/info.json'] = () => problem(503, 'wait');
  answers['/a/2.flac/hls/info.json'] = () => problem(422, 'it ends in the middle');
  const deck = make();
  await open(deck, one);
  expect(audio.src).toBe('/a/1.flac');
  expect(deck.getReport()).toMatchObject({ by: 'stream', why: 'indexing' });
  await open(deck, two);
  expect(deck.getReport()).toMatchObject({ by: 'stream', why: 'refused' });
  expect(deck.reasonOf('/a/2.flac')).toBe('it ends in the middle');
});

it('asks nothing of a server without HLS', async () => {
  enabled = false;
  const deck = make();
  await open(deck, one);
  expect(audio.src).toBe('/a/1.flac');
  expect(deck.getReport().why).toBe('off');
  expect(fetch).not.toHaveBeenCalled();
});

it('falls back once a track: then it stays the file until a person chooses it again', async () => {
  const deck = make();
  await open(deck, one);
  deck.fallBack(one, '/a/');
  await open(deck, one, 5);
  expect(audio.src).toBe('/a/1.flac');
  expect(destroy).toHaveBeenCalled();
  expect(deck.getReport()).toMatchObject({ by: 'stream', why: 'broke' });
  deck.forgive('/a/1.flac');
  expect(await open(deck, one)).toMatchObject({ by: 'hls' });
});

it('plays track by track once an album broke', async () => {
  answers['/a/hls/info.json'] = () => Response.json(album);
  const deck = make();
  await open(deck, one);
  deck.fallBack(one, '/a/');
  expect(await open(deck, one)).toMatchObject({ by: 'stream' });
  expect(await open(deck, two)).toMatchObject({ by: 'hls', span: undefined });
  expect(opened.at(-1)?.url).toBe('/a/2.flac/hls/master.m3u8');
});

it('names the codec that the browser cannot play', async () => {
  answers['/a/1.flac/hls/info.json'] = () => Response.json(info('alac', 'alac'));
  expect(await open(make(), one)).toEqual({
    by: 'nothing',
    failure: { kind: 'unsupported', codec: 'ALAC' },
  });
  expect(audio.src).toBe('');
});

it('does nothing for a track that was left meanwhile', async () => {
  const deck = make();
  const first = deck.open({ track: one, at: 0, queue });
  const second = deck.open({ track: two, at: 0, queue });
  await Promise.all([first, second]);
  expect(opened.map((o) => o.url)).toEqual(['/a/2.flac/hls/master.m3u8']);
});
