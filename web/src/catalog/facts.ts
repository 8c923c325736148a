// What the tracks of a folder have in common, and so need not say on every row.
import type { Track } from '../app/api';
import { seedOf } from '../app/track';

export interface Facts {
  album: string | undefined;
  artist: string | undefined;
  years: readonly [number, number] | undefined;
  bytes: number;
  /** One picture per album, the first ones found, to stand for the folder. */
  covers: { url: string; seed: string }[];
  /** Columns that differ between rows. */
  showAlbum: boolean;
  showYear: boolean;
}

const mosaic = 4;

export function factsOf(tracks: readonly Track[]): Facts {
  const albums = new Set(tracks.map((t) => t.album));
  const artists = new Set(tracks.map((t) => t.artist));
  const years = tracks.flatMap((t) => (t.year === undefined ? [] : [t.year]));
  const covers = new Map<string, string>();
  for (const t of tracks) {
    const seed = seedOf(t);
    if (t.artwork !== undefined && !covers.has(seed)) covers.set(seed, t.artwork);
  }
  return {
    album: only(albums),
    artist: only(artists),
    // Not Math.min(...years): a folder may hold more tracks than a call takes arguments.
    years:
      years.length > 0
        ? [years.reduce((a, b) => Math.min(a, b)), years.reduce((a, b) => Math.max(a, b))]
        : undefined,
    bytes: tracks.reduce((sum, t) => sum + t.size, 0),
    covers: [...covers].slice(0, mosaic).map(([seed, url]) => ({ seed, url })),
    showAlbum: albums.size > 1,
    showYear: new Set(tracks.map((t) => t.year)).size > 1,
  };
}

const only = <T>(set: ReadonlySet<T>): T | undefined => (set.size === 1 ? [...set][0] : undefined);
