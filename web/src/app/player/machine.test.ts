import { describe, expect, it } from 'vitest';
import type { Track } from '../api';
import { current, type Event, hasNext, initial, type Queue, reduce, type State } from './machine';

const track = (name: string): Track => ({
  path: `/album/${name}`,
  name,
  size: 1000,
  modified: new Date(0),
  type: 'audio/flac',
  title: undefined,
  artist: undefined,
  album: undefined,
  track: undefined,
  year: undefined,
  artwork: undefined,
});

const [one, two, three] = [track('1.flac'), track('2.flac'), track('3.flac')];
const queue: Queue = { folder: '/album/', tracks: [one, two, three], next: undefined };

/** run sends events one after the other; it gives the last state and the last effects. */
function run(from: State, ...events: Event[]) {
  let state = from;
  let effects: readonly unknown[] = [];
  for (const event of events) [state, effects] = reduce(state, event);
  return { state, effects };
}

const choose = (index: number, at = 0): Event => ({
  type: 'choose',
  queue,
  index,
  at,
  play: true,
});
const lost: Event = { type: 'broke', failure: { kind: 'network' }, at: 42 };

const playing = run(initial, choose(0), { type: 'sounding' }).state;

describe('choosing', () => {
  it('loads the track at its place and plays', () => {
    const { state, effects } = run(initial, choose(1, 73));
    expect(state.phase).toBe('loading');
    expect(current(state)).toBe(two);
    expect(effects).toEqual([{ do: 'load', track: two, at: 73, play: true, after: 0 }]);
  });

  it('cues without playing', () => {
    const { state, effects } = run(initial, { ...choose(0, 5), play: false } as Event);
    expect(state.phase).toBe('paused');
    expect(effects).toEqual([{ do: 'load', track: one, at: 5, play: false, after: 0 }]);
  });

  it('changes nothing for an index outside the queue', () => {
    const { state, effects } = run(playing, choose(9));
    expect(state).toBe(playing);
    expect(effects).toEqual([]);
  });
});

describe('play and pause', () => {
  it('toggles', () => {
    const paused = run(playing, { type: 'toggle', at: 3 });
    expect(paused.state.phase).toBe('paused');
    expect(paused.effects).toEqual([{ do: 'pause' }]);
    const again = run(paused.state, { type: 'toggle', at: 3 });
    expect(again.state.phase).toBe('loading');
    expect(again.effects).toEqual([{ do: 'play' }]);
  });

  it('does nothing while idle', () => {
    const { state, effects } = run(initial, { type: 'toggle', at: 0 });
    expect(state).toBe(initial);
    expect(effects).toEqual([]);
  });

  it('lets a pause have the last word over a play that was still starting', () => {
    const { state } = run(initial, choose(0), { type: 'pause' }, { type: 'sounding' });
    expect(state.phase).toBe('paused');
  });

  it('follows a pause that came from outside', () => {
    expect(run(playing, { type: 'paused' }).state.phase).toBe('paused');
  });

  it('waits while the buffer is dry, and can be paused then', () => {
    const dry = run(playing, { type: 'dry' }).state;
    expect(dry.phase).toBe('waiting');
    expect(run(dry, { type: 'sounding' }).state.phase).toBe('playing');
    expect(run(dry, { type: 'toggle', at: 1 }).state.phase).toBe('paused');
  });
});

describe('next and previous', () => {
  it('goes on to the next track from its start', () => {
    const { state, effects } = run(playing, { type: 'next' });
    expect(current(state)).toBe(two);
    expect(effects).toEqual([{ do: 'load', track: two, at: 0, play: true, after: 0 }]);
  });

  it('stays on the last track', () => {
    const last = run(initial, choose(2), { type: 'sounding' }).state;
    expect(run(last, { type: 'next' }).state).toBe(last);
    expect(hasNext(last)).toBe(false);
  });

  it('knows of a next one behind the cursor', () => {
    const last = run(initial, { ...choose(2), queue: { ...queue, next: 'c' } } as Event).state;
    expect(hasNext(last)).toBe(true);
  });

  it('goes back within the first seconds, and to the start after them', () => {
    const second = run(initial, choose(1), { type: 'sounding' }).state;
    expect(current(run(second, { type: 'previous', at: 2 }).state)).toBe(one);
    const late = run(second, { type: 'previous', at: 20 });
    expect(current(late.state)).toBe(two);
    expect(late.effects).toEqual([{ do: 'seek', to: 0 }]);
  });

  it('goes to the start of the first track', () => {
    expect(run(playing, { type: 'previous', at: 1 }).effects).toEqual([{ do: 'seek', to: 0 }]);
  });
});

describe('the end of a track', () => {
  it('forgets its place and plays the next', () => {
    const { state, effects } = run(playing, { type: 'ended' });
    expect(current(state)).toBe(two);
    expect(effects).toEqual([
      { do: 'finish', track: one },
      { do: 'load', track: two, at: 0, play: true, after: 0 },
    ]);
  });

  it('rests after the last', () => {
    const { state, effects } = run(initial, choose(2), { type: 'sounding' }, { type: 'ended' });
    expect(state.phase).toBe('paused');
    expect(effects).toEqual([{ do: 'finish', track: three }]);
  });
});

describe('a broken connection', () => {
  it('is retried once, from the same place, after a moment', () => {
    const { state, effects } = run(playing, lost);
    expect(state.phase).toBe('retrying');
    expect(effects).toEqual([{ do: 'load', track: one, at: 42, play: true, after: 1000 }]);
  });

  it('fails the second time, and says why', () => {
    const { state, effects } = run(playing, lost, lost);
    expect(state.phase).toBe('failed');
    expect(state.failure).toEqual({ kind: 'network' });
    expect(effects).toEqual([]);
  });

  it('is not forgiven by sound alone: play must get past the place', () => {
    const back = run(playing, lost, { type: 'sounding' }, { type: 'advanced', at: 44 }).state;
    expect(run(back, lost).state.phase).toBe('failed');
    const past = run(back, { type: 'advanced', at: 48 }).state;
    expect(run(past, lost).state.phase).toBe('retrying');
  });

  it('while paused is mended in silence', () => {
    const { state, effects } = run(playing, { type: 'pause' }, lost);
    expect(state.phase).toBe('paused');
    expect(effects).toEqual([{ do: 'load', track: one, at: 42, play: false, after: 1000 }]);
  });

  it('can be paused while it is retried, without a second retry', () => {
    const { state, effects } = run(playing, lost, { type: 'pause' });
    expect(state.phase).toBe('paused');
    expect(effects).toEqual([{ do: 'load', track: one, at: 42, play: false, after: 0 }]);
    expect(run(state, { type: 'toggle', at: 42 }, lost).state.phase).toBe('failed');
  });

  it('is tried again from the same place when asked', () => {
    const { state, effects } = run(playing, lost, lost, { type: 'play', at: 42 });
    expect(state.phase).toBe('loading');
    expect(effects).toEqual([{ do: 'load', track: one, at: 42, play: true, after: 0 }]);
    expect(run(state, lost).state.phase).toBe('retrying');
  });
});

describe('other failures', () => {
  it.each(['refused', 'missing', 'decode', 'unsupported'] as const)(
    'does not retry: %s',
    (kind) => {
      const { state, effects } = run(playing, { type: 'broke', failure: { kind }, at: 1 });
      expect(state.phase).toBe('failed');
      expect(effects).toEqual([]);
    },
  );

  it('plays at once when the browser had only waited for the person', () => {
    const blocked = run(initial, choose(0), {
      type: 'broke',
      failure: { kind: 'blocked' },
      at: 0,
    }).state;
    expect(blocked.phase).toBe('failed');
    expect(run(blocked, { type: 'toggle', at: 0 }).effects).toEqual([{ do: 'play' }]);
  });

  it('lets the next track be chosen', () => {
    const { state } = run(playing, lost, lost, { type: 'next' });
    expect(state.phase).toBe('loading');
    expect(state.failure).toBeUndefined();
  });
});

describe('extending the queue', () => {
  const more: Event = {
    type: 'extend',
    folder: '/album/',
    tracks: [three, track('4.flac')],
    next: 'c',
  };

  it('adds what is not there yet and keeps the place', () => {
    const { state } = run(playing, more);
    expect(state.queue.tracks.map((t) => t.name)).toEqual(['1.flac', '2.flac', '3.flac', '4.flac']);
    expect(state.queue.next).toBe('c');
    expect(current(state)).toBe(one);
  });

  it('ignores another folder, and an idle player', () => {
    expect(run(playing, { ...more, folder: '/else/' } as Event).state).toBe(playing);
    expect(run(initial, more).state).toBe(initial);
  });
});

it('stops to nothing', () => {
  const { state, effects } = run(playing, { type: 'stop' });
  expect(state).toBe(initial);
  expect(effects).toEqual([{ do: 'unload' }]);
});

describe('an album that runs on', () => {
  it('is at the next track without a load, and the one before is finished', () => {
    const { state, effects } = run(playing, { type: 'crossed' });
    expect(current(state)).toBe(two);
    expect(state.phase).toBe('playing');
    expect(effects).toEqual([{ do: 'finish', track: one }]);
  });

  it('stays at the last track', () => {
    const last = run(initial, choose(2), { type: 'sounding' }).state;
    expect(run(last, { type: 'crossed' }).state).toBe(last);
  });
});
