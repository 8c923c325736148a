// How a track is named on screen.
import type { Track } from './api';

const dot = /\.[^./]+$/;

export const titleOf = (t: Track): string => t.title || t.name.replace(dot, '');

/** formatOf gives the file's ending in capitals: what people call a format. */
export function formatOf(t: Track): string {
  const ending = dot.exec(t.name)?.[0];
  return (ending ? ending.slice(1) : (t.type.split('/')[1] ?? t.type)).toUpperCase();
}

export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** nameOf gives the last segment of a folder's path; the first folder has none. */
export const nameOf = (folder: string): string => folder.split('/').at(-2) ?? '';

/** seedOf is equal for tracks of one album, so that their placeholders match. */
export const seedOf = (t: Track): string => t.album ?? folderOf(t.path);
