// How peaks are drawn: a row of upright strokes about the middle, as many as there is room for.

/** Pixels from one stroke to the next; a stroke is two of them wide. */
const step = 3;

/** The least that is drawn of a stroke, beside its round ends: silence is a row of dots. */
const least = 0.5;

/** pathOf gives the strokes as an SVG path; without peaks a flat row. */
export function pathOf(peaks: Float32Array | undefined, width: number, height: number): string {
  const strokes = Math.floor(width / step);
  const middle = height / 2;
  let d = '';
  for (let i = 0; i < strokes; i++) {
    const part = peaks === undefined ? 0 : greatest(peaks, i / strokes, (i + 1) / strokes);
    const half = Math.max(least, part * (middle - 1));
    const top = (middle - half).toFixed(1);
    d += `M${i * step + 1.5} ${top}v${(2 * half).toFixed(1)}`;
  }
  return d;
}

function greatest(peaks: Float32Array, from: number, to: number): number {
  const first = Math.floor(from * peaks.length);
  const end = Math.max(first + 1, Math.floor(to * peaks.length));
  let most = 0;
  for (let i = first; i < end; i++) most = Math.max(most, peaks[i] ?? 0);
  return most;
}
