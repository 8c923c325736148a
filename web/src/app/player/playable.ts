// What this browser can play, by media type.
import { useSyncExternalStore } from 'react';

const known = new Map<string, boolean>();
let probe: HTMLMediaElement | undefined;

/** canPlay is false only when the browser says so for certain. */
export function canPlay(type: string): boolean {
  let answer = known.get(type);
  if (answer === undefined) {
    probe ??= document.createElement('audio');
    answer = probe.canPlayType(type) !== '';
    known.set(type, answer);
  }
  return answer;
}

// What has been learned of single files: an MP4 does not show from outside what it holds.
let unplayable: ReadonlyMap<string, string> = new Map();
const listeners = new Set<() => void>();

/** cannotPlay notes that this browser has no decoder for the codec that a file holds. */
export function cannotPlay(path: string, codec: string): void {
  if (unplayable.get(path) === codec) return;
  unplayable = new Map(unplayable).set(path, codec);
  for (const listener of listeners) listener();
}

/** useUnplayable gives the codecs of files that were found unplayable, by their path. */
export const useUnplayable = (): ReadonlyMap<string, string> =>
  useSyncExternalStore(subscribe, () => unplayable);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
