// Joins without a gap. An encoder puts samples before the music and behind it, and a playlist
// counts them in. Here the playlist is made to count music alone, and for each segment it is
// said where the browser must cut. Pure: hls.ts carries it out.

/** Part is a stretch of segments with one timeline: a track. */
export interface Part {
  /** Seconds of music before it, and of its own. */
  start: number;
  duration: number;
  segments: number;
}

/** Cut says how a segment is buffered, in seconds of music. */
export interface Cut {
  /** The part that it is of. */
  part: number;
  start: number;
  end: number;
  /** Seconds from the beginning of the part's timeline to the segment's first sample. */
  into: number;
  /** False where nothing was added: then nothing need be cut. */
  trim: boolean;
}

export interface Plan {
  playlist: string;
  /** By the segment's number. */
  cuts: Cut[];
}

const extinf = /^#EXTINF:([\d.]+)/;

/** Differences below this many seconds are rounding. */
const same = 0.0005;

/** A segment is left at least this long, in seconds, for a player to believe in it. */
const shortest = 0.05;

/**
 * plan rewrites a media playlist so that each part lasts as long as its music, and finds the
 * cuts. Undefined where the playlist is not as the parts say: it is then played as it stands.
 */
export function plan(playlist: string, parts: readonly Part[]): Plan | undefined {
  const lines = playlist.split('\n');
  const at = lines.flatMap((l, i) => (extinf.test(l) ? [i] : []));
  if (at.length !== parts.reduce((n, p) => n + p.segments, 0)) return undefined;
  const cuts: Cut[] = [];
  let next = 0;
  for (const [part, { start, duration, segments }] of parts.entries()) {
    const mine = at.slice(next, next + segments);
    // A new timeline within a track is a chained file, which has more joins than are known.
    const [first, last] = [mine[0] ?? 0, mine.at(-1) ?? 0];
    if (lines.slice(first, last).includes('#EXT-X-DISCONTINUITY')) return undefined;
    const times = mine.map((i) => Number(extinf.exec(lines[i] ?? '')?.[1]));
    const raw = times.reduce((a, b) => a + b, 0);
    const trim = raw - duration > same;
    let into = 0;
    for (const time of times) {
      cuts.push({ part, start, end: start + duration, into, trim });
      into += time;
    }
    if (trim) {
      const short = shorten(times, raw - duration);
      for (const [k, i] of mine.entries()) lines[i] = `#EXTINF:${(short[k] ?? 0).toFixed(6)},`;
    }
    next += segments;
  }
  return { playlist: lines.join('\n'), cuts };
}

/** shorten takes seconds away from the end of a row of times. */
function shorten(times: readonly number[], by: number): number[] {
  const out = [...times];
  let left = by;
  for (let i = out.length - 1; i >= 0 && left > 0; i--) {
    const take = Math.min(left, Math.max(0, (out[i] ?? 0) - shortest));
    out[i] = (out[i] ?? 0) - take;
    left -= take;
  }
  return out;
}

/**
 * bare takes out of an init section what tells a decoder to skip samples by itself: the edit
 * list, and the pre-skip of Opus. Browsers differ in what they make of them, and here the source
 * buffer's window does the cutting. No box changes its size.
 */
export function bare(init: Uint8Array): void {
  const edits = find(init, 'edts');
  if (edits >= 0) init.set(letters('free'), edits);
  const opus = find(init, 'dOps');
  // Behind the name a version and a number of channels, a byte each, then the pre-skip.
  if (opus >= 0) init.fill(0, opus + 6, opus + 8);
}

/** timeOf gives the decoding time that a fragment begins at, in its own units of time. */
export function timeOf(fragment: Uint8Array): number | undefined {
  const at = find(fragment.subarray(0, 400), 'tfdt');
  if (at < 0) return undefined;
  const view = new DataView(fragment.buffer, fragment.byteOffset + at + 4);
  return view.getUint8(0) === 1 ? Number(view.getBigUint64(4)) : view.getUint32(4);
}

/**
 * fill gives the last frame of a fragment the length of the first. A file may say that its last
 * frame is short, but a decoder gives all of it: then the window must cut it, and not the frame.
 */
export function fill(fragment: Uint8Array): void {
  const at = find(fragment.subarray(0, 400), 'trun');
  if (at < 0) return;
  const view = new DataView(fragment.buffer, fragment.byteOffset, fragment.byteLength);
  const flags = view.getUint32(at + 4) & 0xffffff;
  const count = view.getUint32(at + 8);
  const field = (flag: number): number => ((flags & flag) === 0 ? 0 : 4);
  const first = at + 12 + field(0x1) + field(0x4);
  const size = field(0x100) + field(0x200) + field(0x400) + field(0x800);
  const last = first + (count - 1) * size;
  if (field(0x100) === 0 || count < 2 || last + size > fragment.byteLength) return;
  view.setUint32(last, Math.max(view.getUint32(first), view.getUint32(last)));
}

const letters = (name: string): number[] => [...name].map((c) => c.charCodeAt(0));

function find(bytes: Uint8Array, name: string): number {
  const wanted = letters(name);
  return bytes.findIndex((_, i) => wanted.every((c, k) => bytes[i + k] === c));
}
