// The shape of a track's sound, found by decoding the file in the browser. In a chunk of its
// own: it loads once sound plays.
import { mediaUrl, type Track } from '../api';

/** So many values stand for a track, however long: more than any window has room for. */
export const bins = 1000;

/** Hertz. Enough for a shape, and a sixth of the memory that the decoded sound would take. */
const rate = 8000;

/** Values between two breaths, so that a long track never holds up the page. */
const slice = 400_000;

/** Shapes of this many tracks are kept, 4 kB each. */
const keep = 100;

const seen = new Map<string, Promise<Float32Array | undefined>>();

/** versionOf names a track's content: a replaced file is another one. */
export const versionOf = (t: Track): string => `${t.path} ${t.size} ${t.modified.getTime()}`;

/** peaksOf gives a track's peaks from 0 to 1, or undefined where they cannot be had. */
export function peaksOf(track: Track, signal: AbortSignal): Promise<Float32Array | undefined> {
  const version = versionOf(track);
  const known = seen.get(version);
  if (known !== undefined) return known;
  const peaks = find(track, signal);
  seen.set(version, peaks);
  for (const oldest of seen.keys()) {
    if (seen.size <= keep) break;
    seen.delete(oldest);
  }
  // Given up half way says nothing of the file.
  void peaks.then((p) => p === undefined && signal.aborted && seen.delete(version));
  return peaks;
}

async function find(track: Track, signal: AbortSignal): Promise<Float32Array | undefined> {
  try {
    const response = await fetch(mediaUrl(track.path), { signal, priority: 'low' });
    if (!response.ok) return undefined;
    const bytes = await response.arrayBuffer();
    if (signal.aborted) return undefined;
    const sound = await new OfflineAudioContext(1, 1, rate).decodeAudioData(bytes);
    const channels = Array.from({ length: sound.numberOfChannels }, (_, i) =>
      sound.getChannelData(i),
    );
    return await fold(channels, bins);
  } catch {
    // No decoder, a broken file, a lost connection: the line stays flat, and nothing is lost.
    return undefined;
  }
}

/** fold gives the greatest value of the mixed channels in each of n equal parts, against all. */
export async function fold(channels: readonly Float32Array[], n: number): Promise<Float32Array> {
  const length = channels[0]?.length ?? 0;
  const out = new Float32Array(n);
  let greatest = 0;
  let since = 0;
  for (let i = 0; i < n; i++) {
    const [from, to] = [Math.floor((i * length) / n), Math.floor(((i + 1) * length) / n)];
    let peak = 0;
    for (let k = from; k < to; k++) {
      let sum = 0;
      for (const c of channels) sum += c[k] ?? 0;
      const v = Math.abs(sum);
      if (v > peak) peak = v;
    }
    out[i] = peak;
    if (peak > greatest) greatest = peak;
    since += to - from;
    if (since > slice) {
      since = 0;
      await new Promise((done) => setTimeout(done));
    }
  }
  return greatest > 0 ? out.map((v) => v / greatest) : out;
}
