// The player's rules as a pure function: what it is doing, what happened, what it does next
// and what the audio element must be told. No element, no time and no network in here.
import type { Track } from '../api';

export type Phase =
  | 'idle' // nothing chosen
  | 'loading' // wants to play, no sound yet
  | 'playing'
  | 'waiting' // was playing, the buffer ran dry
  | 'retrying' // the connection broke, the one retry is under way
  | 'paused'
  | 'failed';

export type PlayFailure = {
  kind: 'network' | 'refused' | 'missing' | 'decode' | 'unsupported' | 'blocked';
  requestId?: string;
  /** What the browser has no decoder for, where that is known for certain. */
  codec?: string;
  /** The server's own sentence on the file, where it has one. */
  reason?: string;
};

export interface Queue {
  /** The folder that the tracks come from, to lead back there. */
  folder: string;
  tracks: readonly Track[];
  /** The cursor of the tracks that are not known yet; undefined when these are all. */
  next: string | undefined;
}

export interface State {
  phase: Phase;
  queue: Queue;
  index: number;
  failure: PlayFailure | undefined;
  /** Where the connection broke the last time: one retry is allowed until play gets past it. */
  retriedAt: number | undefined;
}

export type Event =
  | { type: 'choose'; queue: Queue; index: number; at: number; play: boolean }
  | { type: 'extend'; folder: string; tracks: readonly Track[]; next: string | undefined }
  | { type: 'toggle'; at: number }
  | { type: 'play'; at: number }
  | { type: 'pause' }
  | { type: 'next' }
  | { type: 'previous'; at: number }
  | { type: 'stop' }
  // What the element reports:
  | { type: 'sounding' }
  | { type: 'paused' }
  | { type: 'dry' }
  | { type: 'ended' }
  | { type: 'crossed' } // into the next track, without a stop
  | { type: 'advanced'; at: number }
  | { type: 'broke'; failure: PlayFailure; at: number };

export type Effect =
  | { do: 'load'; track: Track; at: number; play: boolean; after: number }
  | { do: 'play' }
  | { do: 'pause' }
  | { do: 'seek'; to: number }
  | { do: 'finish'; track: Track }
  | { do: 'unload' };

/** restartAfter: "previous" goes to the start of the track once it has played this long. */
export const restartAfter = 3;

/** retryDelay gives a network that has just broken a moment to come back, in milliseconds. */
export const retryDelay = 1000;

/** pastTrouble: seconds of play after which a later break may be retried again. */
const pastTrouble = 5;

const nowhere: Queue = { folder: '/', tracks: [], next: undefined };

export const initial: State = {
  phase: 'idle',
  queue: nowhere,
  index: -1,
  failure: undefined,
  retriedAt: undefined,
};

export const current = (s: State): Track | undefined => s.queue.tracks[s.index];

export const hasNext = (s: State): boolean =>
  s.index >= 0 && (s.index + 1 < s.queue.tracks.length || s.queue.next !== undefined);

/** sounds says whether the person sees the pause button: it plays, or is on its way to. */
export const sounds = (s: State): boolean =>
  s.phase === 'playing' || s.phase === 'waiting' || s.phase === 'loading' || s.phase === 'retrying';

type Step = readonly [State, readonly Effect[]];

const stay = (s: State): Step => [s, []];

function start(s: State, queue: Queue, index: number, at: number, play: boolean): Step {
  const track = queue.tracks[index];
  if (track === undefined) return stay(s);
  const phase: Phase = play ? 'loading' : 'paused';
  return [
    { phase, queue, index, failure: undefined, retriedAt: undefined },
    [{ do: 'load', track, at, play, after: 0 }],
  ];
}

function resume(s: State, at: number): Step {
  const track = current(s);
  if (track === undefined) return stay(s);
  if (s.phase === 'failed' && s.failure?.kind !== 'blocked') {
    // After a failure the element holds an error: only a new load brings it back.
    return start(s, s.queue, s.index, at, true);
  }
  return [{ ...s, phase: 'loading', failure: undefined }, [{ do: 'play' }]];
}

function broke(s: State, failure: PlayFailure, at: number): Step {
  const track = current(s);
  if (track === undefined) return stay(s);
  if (failure.kind === 'blocked') {
    return [{ ...s, phase: 'failed', failure }, []];
  }
  if (failure.kind === 'network' && s.retriedAt === undefined) {
    const play = sounds(s);
    return [
      { ...s, phase: play ? 'retrying' : s.phase, retriedAt: at },
      [{ do: 'load', track, at, play, after: retryDelay }],
    ];
  }
  return [{ ...s, phase: 'failed', failure }, []];
}

/** reduce gives the next state and the effects in their order. */
export function reduce(s: State, e: Event): Step {
  switch (e.type) {
    case 'choose':
      return start(s, e.queue, e.index, e.at, e.play);

    case 'extend': {
      if (e.folder !== s.queue.folder || s.index < 0) return stay(s);
      const known = new Set(s.queue.tracks.map((t) => t.path));
      const fresh = e.tracks.filter((t) => !known.has(t.path));
      return stay({
        ...s,
        queue: { ...s.queue, tracks: [...s.queue.tracks, ...fresh], next: e.next },
      });
    }

    case 'toggle':
      return sounds(s) ? reduce(s, { type: 'pause' }) : resume(s, e.at);

    case 'play':
      return sounds(s) ? stay(s) : resume(s, e.at);

    case 'pause':
      if (s.phase === 'retrying') {
        // The element still holds the error: load again, or a later play would do nothing.
        const [after, effects] = start(s, s.queue, s.index, s.retriedAt ?? 0, false);
        return [{ ...after, retriedAt: s.retriedAt }, effects];
      }
      return sounds(s) ? [{ ...s, phase: 'paused' }, [{ do: 'pause' }]] : stay(s);

    case 'next':
      return start(s, s.queue, s.index + 1, 0, true);

    case 'previous':
      if (s.index > 0 && e.at <= restartAfter) return start(s, s.queue, s.index - 1, 0, true);
      if (s.phase === 'failed') return resume(s, 0);
      return s.index >= 0 ? [s, [{ do: 'seek', to: 0 }]] : stay(s);

    case 'stop':
      return [initial, [{ do: 'unload' }]];

    case 'sounding':
      // A pause that was asked for while the play was still starting has the last word.
      return s.phase === 'idle' || s.phase === 'paused'
        ? stay(s)
        : stay({ ...s, phase: 'playing', failure: undefined });

    case 'paused':
      // Not asked by us: the headphones were pulled, or another app took the sound.
      return s.phase === 'playing' || s.phase === 'waiting'
        ? stay({ ...s, phase: 'paused' })
        : stay(s);

    case 'dry':
      return s.phase === 'playing' ? stay({ ...s, phase: 'waiting' }) : stay(s);

    case 'ended': {
      const track = current(s);
      if (track === undefined) return stay(s);
      const [after, effects] = reduce(s, { type: 'next' });
      const finish: Effect = { do: 'finish', track };
      // The last track rests at its end, ready to be played from the start.
      return after === s ? [{ ...s, phase: 'paused' }, [finish]] : [after, [finish, ...effects]];
    }

    case 'crossed': {
      const [track, next] = [current(s), s.queue.tracks[s.index + 1]];
      if (track === undefined || next === undefined) return stay(s);
      return [{ ...s, index: s.index + 1, failure: undefined }, [{ do: 'finish', track }]];
    }

    case 'advanced':
      return s.retriedAt !== undefined && e.at > s.retriedAt + pastTrouble
        ? stay({ ...s, retriedAt: undefined })
        : stay(s);

    case 'broke':
      return broke(s, e.failure, e.at);
  }
}
