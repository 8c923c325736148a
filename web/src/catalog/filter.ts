// The filter box: every word must be found somewhere in a name, whatever the case or accents.
import type { FolderEntry, Track } from '../app/api';

export type Match = (...words: (string | undefined)[]) => boolean;

const marks = /\p{M}/gu;

const fold = (s: string): string => s.normalize('NFKD').replace(marks, '').toLowerCase();

export function matcher(query: string): Match {
  const words = fold(query).split(/\s+/).filter(Boolean);
  return (...texts) => {
    if (words.length === 0) return true;
    const all = fold(texts.filter(Boolean).join(' '));
    return words.every((w) => all.includes(w));
  };
}

export const trackMatches = (match: Match, t: Track): boolean =>
  match(t.title, t.artist, t.album, t.name);

export const folderMatches = (match: Match, f: FolderEntry): boolean => match(f.name);
