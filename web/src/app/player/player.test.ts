import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Track } from '../api';
import type { Deck, Opened } from './deck';
import type { Queue } from './machine';
import { Places } from './places';
import { Player } from './player';

/** FakeAudio does what the tests tell it; it has no sound and no network. */
class FakeAudio extends EventTarget {
  src = '';
  paused = false;
  seeking = false;
  currentTime = 0;
  duration = Number.NaN;
  readyState = 0;
  ended = false;
  volume = 1;
  muted = false;
  error: { code: number } | null = null;
  buffered = { length: 0, start: () => 0, end: () => 0 };
  play = vi.fn(async () => {});
  pause = vi.fn();
  load = vi.fn(() => {
    this.readyState = 0;
    this.currentTime = 0;
    this.error = null;
  });
  removeAttribute = vi.fn();

  fire(name: string) {
    this.dispatchEvent(new Event(name));
  }
  opened(duration: number) {
    this.readyState = 4;
    this.duration = duration;
    this.fire('loadedmetadata');
    this.fire('playing');
  }
  plays(to: number) {
    this.currentTime = to;
    this.fire('timeupdate');
  }
  fails(code: number) {
    this.error = { code };
    this.fire('error');
  }
}

const track = (name: string): Track => ({
  path: `/al bum/${name}`,
  name,
  size: 1,
  modified: new Date(0),
  type: 'audio/flac',
  title: undefined,
  artist: undefined,
  album: undefined,
  track: undefined,
  year: undefined,
  artwork: undefined,
});
const queue: Queue = {
  folder: '/al bum/',
  tracks: ['1', '2', '3', '4', '5'].map((n) => track(`${n}#.flac`)),
  next: undefined,
};

let audio: FakeAudio;
let places: Places;
const more = vi.fn(async () => ({ tracks: [track('6.flac')], next: undefined }));
const rememberLoudness = vi.fn();

const make = () =>
  new Player({
    audio: audio as unknown as HTMLAudioElement,
    places,
    more,
    loudness: { volume: 1, muted: false },
    rememberLoudness,
    session: undefined,
    origin: 'http://localhost',
  });

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('HTMLMediaElement', { HAVE_NOTHING: 0 });
  vi.stubGlobal('MediaError', {
    MEDIA_ERR_ABORTED: 1,
    MEDIA_ERR_NETWORK: 2,
    MEDIA_ERR_DECODE: 3,
    MEDIA_ERR_SRC_NOT_SUPPORTED: 4,
  });
  vi.stubGlobal('document', { createElement: () => ({ canPlayType: () => 'probably' }) });
  audio = new FakeAudio();
  places = new Places(undefined);
  more.mockClear();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('plays a track at its address, each segment encoded', () => {
  const player = make();
  player.choose(queue, 0);
  expect(audio.src).toBe('/al%20bum/1%23.flac');
  expect(audio.play).toHaveBeenCalledOnce();
  audio.opened(200);
  expect(player.getState().phase).toBe('playing');
});

it('starts a track where it was left, the next ones at their start', () => {
  places.set(queue.tracks[0]?.path ?? '', 80, 200);
  places.set(queue.tracks[1]?.path ?? '', 90, 200);
  const player = make();
  player.choose(queue, 0);
  audio.opened(200);
  expect(audio.currentTime).toBe(80);
  player.next();
  audio.opened(200);
  expect(audio.currentTime).toBe(0);
});

it('writes the place on pause and on leaving the track', () => {
  const player = make();
  player.choose(queue, 0);
  audio.opened(200);
  audio.plays(30);
  player.pause();
  expect(places.get('/al bum/1#.flac')).toBe(30);
  audio.plays(40);
  player.choose(queue, 1);
  expect(places.get('/al bum/1#.flac')).toBe(40);
});

it('forgets the place of a track that ran to its end', () => {
  const player = make();
  player.choose(queue, 0);
  audio.opened(200);
  audio.plays(100);
  player.savePlace();
  audio.fire('ended');
  expect(places.get('/al bum/1#.flac')).toBe(0);
  expect(audio.src).toBe('/al%20bum/2%23.flac');
});

it('retries a broken connection once from the same place', () => {
  const player = make();
  player.choose(queue, 0);
  audio.opened(200);
  audio.plays(42);
  audio.fails(2);
  expect(player.getState().phase).toBe('retrying');
  expect(audio.load).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(1000);
  expect(audio.load).toHaveBeenCalledTimes(2);
  expect(player.getClock()).toMatchObject({ position: 42, duration: 200 });
  audio.opened(200);
  expect(audio.currentTime).toBe(42);
  expect(player.getState().phase).toBe('playing');
  audio.fails(2);
  expect(player.getState()).toMatchObject({ phase: 'failed', failure: { kind: 'network' } });
});

it('does not retry a track that was left meanwhile', () => {
  const player = make();
  player.choose(queue, 0);
  audio.opened(200);
  audio.fails(2);
  player.choose(queue, 1);
  audio.opened(200);
  vi.advanceTimersByTime(5000);
  expect(audio.src).toBe('/al%20bum/2%23.flac');
  expect(audio.load).toHaveBeenCalledTimes(2);
});

const answers: [string, () => Promise<Response>, object][] = [
  [
    'a refusal',
    async () => new Response('{"request_id":"r1"}', { status: 403 }),
    { kind: 'refused', requestId: 'r1' },
  ],
  ['a lost file', async () => new Response(null, { status: 404 }), { kind: 'missing' }],
  ['damaged bytes', async () => new Response('x', { status: 206 }), { kind: 'decode' }],
];
it.each(answers)(
  'asks the server why a source could not be opened: %s',
  async (_, answer, failure) => {
    vi.stubGlobal('fetch', vi.fn(answer));
    const player = make();
    player.choose(queue, 0);
    audio.fails(4);
    await vi.waitFor(() => expect(player.getState().phase).toBe('failed'));
    expect(player.getState().failure).toEqual(failure);
  },
);

it('says that the browser waits when it blocks the start of sound', async () => {
  audio.play.mockRejectedValueOnce(new DOMException('no gesture', 'NotAllowedError'));
  const player = make();
  player.choose(queue, 0);
  await vi.waitFor(() => expect(player.getState().failure).toEqual({ kind: 'blocked' }));
});

it('keeps a seek within the track, and one before the track is known', () => {
  const player = make();
  player.choose(queue, 0);
  player.seek(50);
  audio.opened(200);
  expect(audio.currentTime).toBe(50);
  player.skip(-80);
  expect(audio.currentTime).toBe(0);
  player.skip(500);
  expect(audio.currentTime).toBe(200);
});

it('fetches the rest of the folder near the end of the queue, once', async () => {
  const player = make();
  player.choose({ ...queue, next: 'c1' }, 1);
  expect(more).not.toHaveBeenCalled();
  player.next();
  player.next();
  await vi.waitFor(() => expect(player.getState().queue.tracks).toHaveLength(6));
  expect(more).toHaveBeenCalledExactlyOnceWith('/al bum/', 'c1');
});

it('does not ask for ever when the server names the same cursor again', async () => {
  more.mockResolvedValue({ tracks: [], next: 'c1' as never });
  const player = make();
  player.choose({ ...queue, next: 'c1' }, 4);
  await vi.waitFor(() => expect(player.getState().queue.next).toBeUndefined());
  expect(more).toHaveBeenCalledOnce();
});

it('remembers volume and mute', () => {
  const player = make();
  player.setVolume(0.5);
  expect(audio.volume).toBe(0.25);
  player.toggleMute();
  expect(audio.muted).toBe(true);
  expect(rememberLoudness).toHaveBeenLastCalledWith({ volume: 0.5, muted: true });
});

/** An album of 100 seconds a track, and what the player told its deck. */
class FakeDeck {
  onReport = () => {};
  onFatal = () => {};
  tracks = queue.tracks.map(({ path }, i) => ({ path, start: i * 100, duration: 100 }));
  by: 'hls' | 'stream' = 'hls';
  kept = false;
  describe = vi.fn(async () => {});
  forgive = vi.fn();
  preload = vi.fn();
  fallBack = vi.fn(() => {
    this.by = 'stream';
  });
  close = vi.fn();
  reasonOf = () => undefined;
  getReport = () => ({ by: this.by });
  open = vi.fn(({ track }: { track: Track }): Promise<Opened> | Opened => {
    const span = this.by === 'hls' ? this.tracks.find((t) => t.path === track.path) : undefined;
    const opened = { by: this.by, span, kept: this.kept };
    return this.kept && this.by === 'hls' ? opened : Promise.resolve(opened);
  });
}

describe('with a deck', () => {
  let deck: FakeDeck;
  const start = async (index: number, at?: number) => {
    deck = new FakeDeck();
    const player = new Player({
      audio: audio as unknown as HTMLAudioElement,
      deck: deck as unknown as Deck,
      places,
      more,
      loudness: { volume: 1, muted: false },
      rememberLoudness,
      session: undefined,
      origin: 'http://localhost',
    });
    player.choose(queue, index, at);
    await vi.advanceTimersByTimeAsync(0);
    audio.opened(500);
    deck.kept = true;
    return player;
  };

  it('shows the time of the track, not of the album', async () => {
    const player = await start(2, 7);
    expect(audio.currentTime).toBe(207);
    expect(player.getClock()).toMatchObject({ position: 7, duration: 100 });
    player.seek(500);
    expect(audio.currentTime).toBe(300);
    player.skip(-50);
    expect(audio.currentTime).toBe(250);
    player.pause();
    expect(places.get(queue.tracks[2]?.path ?? '')).toBe(50);
  });

  it('follows the sound into the next track', async () => {
    const player = await start(0);
    audio.play.mockClear();
    audio.plays(99.9);
    expect(player.getState().index).toBe(0);
    audio.plays(100.2);
    expect(player.getState()).toMatchObject({ index: 1, phase: 'playing' });
    expect(player.getClock().position).toBeCloseTo(0.2);
    expect(audio.currentTime).toBe(100.2);
    expect(deck.open).toHaveBeenCalledOnce();
    expect(audio.play).not.toHaveBeenCalled();
  });

  it('goes to another track of the album by a seek', async () => {
    const player = await start(0);
    audio.plays(10);
    player.next();
    expect(audio.currentTime).toBe(100);
    expect(player.getState()).toMatchObject({ index: 1, phase: 'playing' });
    audio.plays(104);
    player.previous();
    expect(audio.currentTime).toBe(100);
  });

  it('goes on with the file from the same place when HLS breaks', async () => {
    const player = await start(1, 30);
    audio.plays(140);
    deck.onFatal();
    expect(deck.fallBack).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(0);
    audio.opened(100);
    expect(audio.currentTime).toBe(40);
    expect(player.getState().phase).toBe('playing');
  });

  it('falls back when the element cannot open what it was given', async () => {
    await start(0);
    audio.fails(4);
    expect(deck.fallBack).toHaveBeenCalledOnce();
  });

  it('does not fall back when the media itself is broken', async () => {
    const player = await start(0);
    audio.fails(3);
    await vi.advanceTimersByTimeAsync(0);
    expect(deck.fallBack).not.toHaveBeenCalled();
    expect(player.getState().failure).toEqual({ kind: 'decode' });
  });

  it('does not start sound that was paused while the server was asked', async () => {
    deck = new FakeDeck();
    const player = await start(0);
    player.stop();
    deck.kept = false;
    audio.play.mockClear();
    player.choose(queue, 1);
    player.pause();
    await vi.advanceTimersByTimeAsync(0);
    expect(audio.play).not.toHaveBeenCalled();
  });
});
