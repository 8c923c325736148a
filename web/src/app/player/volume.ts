// How loud, and whether muted: remembered for the next visit.

export interface Loudness {
  volume: number;
  muted: boolean;
}

export const full: Loudness = { volume: 1, muted: false };

const key = 'segue.volume';

export const clamp = (v: number): number => Math.min(1, Math.max(0, v));

/** turn changes the volume in whole percents; turning it up ends a mute. */
export function turn(from: Loudness, by: number): Loudness {
  const volume = clamp(Math.round((from.volume + by) * 100) / 100);
  return { volume, muted: from.muted && by <= 0 };
}

export function readLoudness(saved: string | null): Loudness {
  try {
    const v: unknown = JSON.parse(saved ?? 'null');
    if (typeof v === 'object' && v !== null && 'volume' in v && 'muted' in v) {
      const { volume, muted } = v;
      if (typeof volume === 'number' && Number.isFinite(volume) && typeof muted === 'boolean') {
        return { volume: clamp(volume), muted };
      }
    }
  } catch {
    // Not ours, or half written.
  }
  return full;
}

export const loudnessKey = key;
