// What the technical panel shows of the source under way. The deck keeps it up to date.
import type { MediaInfo } from '../info';
import type { Why } from './way';

export interface Segment {
  /** From 1, as people count. */
  number: number;
  of: number;
  /** Bits a second of this segment; undefined until it has been loaded. */
  bitrate: number | undefined;
}

export interface Report {
  by: 'nothing' | 'hls' | 'native' | 'stream';
  /** Why the stream plays. */
  why: Why | undefined;
  /** Whether the tracks of the folder play as one. */
  album: boolean;
  /** Whether what encoders put between tracks is cut away while it is buffered. */
  trimmed: boolean;
  info: MediaInfo | undefined;
  segment: Segment | undefined;
}

export const noReport: Report = {
  by: 'nothing',
  why: undefined,
  album: false,
  trimmed: false,
  info: undefined,
  segment: undefined,
};
