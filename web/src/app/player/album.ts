// A folder whose tracks the server joins into one playlist: which part of it each track is.
import type { Track } from '../api';
import type { AlbumInfo, AlbumTrack } from '../info';

/** Span is the part of a source that one track takes, in seconds of the source. */
export interface Span {
  start: number;
  duration: number;
}

/**
 * fits says whether the album is the queue: the same tracks in the same order, as far as the
 * queue is known. Anything else (a track left out, a mixed order) is played track by track.
 */
export function fits(album: AlbumInfo, queue: readonly Track[]): boolean {
  const known = Math.min(album.tracks.length, queue.length);
  if (known < 2) return false;
  return album.tracks.slice(0, known).every((t, i) => t.path === queue[i]?.path);
}

export function indexIn(album: Pick<AlbumInfo, 'tracks'>, path: string): number {
  return album.tracks.findIndex((t) => t.path === path);
}

export const spanOf = ({ start, duration }: Span): Span => ({ start, duration });

/**
 * trackAt finds the track that sounds at a second of the album: the last that has begun. The
 * bound of two tracks is a rounded number, so a hair before it belongs to the next one.
 */
export function trackAt(tracks: readonly AlbumTrack[], second: number): number {
  let [from, to] = [0, tracks.length - 1];
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    if ((tracks[middle]?.start ?? 0) <= second + hair) from = middle;
    else to = middle - 1;
  }
  return from;
}

const hair = 0.002;

/** within shows a source's ranges as a track's own: cut to its span and counted from its start. */
export function within(
  ranges: readonly (readonly [number, number])[],
  span: Span | undefined,
): (readonly [number, number])[] {
  if (span === undefined) return [...ranges];
  const end = span.start + span.duration;
  return ranges
    .filter(([from, to]) => to > span.start && from < end)
    .map(([from, to]) => [Math.max(0, from - span.start), Math.min(to, end) - span.start]);
}

/** ahead is how many seconds can be played from a place without any more bytes. */
export function ahead(ranges: readonly (readonly [number, number])[], at: number): number {
  // Half a tenth: joins of segments may leave a seam that browsers play over.
  const here = ranges.find(([from, to]) => from <= at + 0.05 && at < to);
  return here === undefined ? 0 : here[1] - at;
}

export function rangesOf(ranges: TimeRanges): [number, number][] {
  return Array.from({ length: ranges.length }, (_, i) => [ranges.start(i), ranges.end(i)]);
}
