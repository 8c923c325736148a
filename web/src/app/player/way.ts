// The rules of how a track comes to the ear, as pure functions: by HLS, as the file itself, or
// not at all. The deck asks the server and the browser, and acts on the answers.
import type { Answer, Failure } from '../api';
import { hasPicture, type MediaInfo, type Rendition, soundOf } from '../info';

/** Why the file itself plays where HLS was the first choice. */
export type Why =
  | 'off' // the server gives no HLS
  | 'browser' // neither Media Source Extensions nor HLS of its own
  | 'indexing' // the server is still reading the file, and ranges play at once
  | 'refused' // the server says that it cannot package this file
  | 'codec' // the browser plays this codec as a file only
  | 'unreachable' // what HLS needs did not come
  | 'broke'; // it began, and a fatal error ended it

export type Way =
  | { by: 'hls'; playlist: string }
  | { by: 'native'; playlist: string }
  | { by: 'stream'; why: Why }
  | { by: 'nothing'; codec: string };

export interface Browser {
  /** Media Source Extensions, in one of their kinds. */
  mse: boolean;
  /** HLS without help, as Apple's browsers have it. */
  native: boolean;
  /** May a source buffer hold this type? */
  buffers(type: string): boolean;
  /** Can an audio element play a file of this type? */
  plays(type: string): boolean;
}

/** early decides what needs no question to the server; undefined says that it does. */
export function early(b: Browser, on: boolean, fellBack: boolean): Why | undefined {
  if (!on) return 'off';
  if (!b.mse && !b.native) return 'browser';
  return fellBack ? 'broke' : undefined;
}

/** wayOf decides once the server has said what is in the file. */
export function wayOf(b: Browser, answer: Answer<MediaInfo>): Way {
  if (!answer.ok) return { by: 'stream', why: whyOf(answer.failure) };
  const info = answer.value;
  const sound = soundOf(info);
  if (sound === undefined) return { by: 'stream', why: 'refused' };
  // The page plays the sound of a film: without a picture in the playlist there is one buffer.
  const playlist = hasPicture(info) ? sound.uri : 'master.m3u8';
  if (b.mse && typesOf(sound).some((t) => b.buffers(t))) return { by: 'hls', playlist };
  if (typesOf(sound).some((t) => b.plays(t))) {
    return b.native ? { by: 'native', playlist } : { by: 'stream', why: 'codec' };
  }
  // MP4 without a doubt: for others the browser may know a container that is not asked here.
  const certain = sound.format === 'fmp4' && info.format === 'mp4';
  return certain ? { by: 'nothing', codec: nameOf(sound.codec) } : { by: 'stream', why: 'codec' };
}

function whyOf(f: Failure): Why {
  if (f.status === 503) return 'indexing';
  return f.status === 415 || f.status === 422 ? 'refused' : 'unreachable';
}

/** typesOf gives the media types that the segments of a rendition may be buffered as. */
export function typesOf(r: Pick<Rendition, 'codec' | 'codecs'>): string[] {
  if (r.codec === 'mp3') return ['audio/mpeg', 'audio/mp4; codecs="mp3"'];
  // Browsers differ in whether they know fLaC and Opus by their registered capitals.
  const names = new Set([r.codecs, r.codecs.toLowerCase()]);
  return [...names].map((c) => `audio/mp4; codecs="${c}"`);
}

export const nameOf = (codec: string): string => names[codec] ?? codec.toUpperCase();

const names: Record<string, string> = { opus: 'Opus' };

/**
 * fatal decides what a fatal error of the HLS engine leads to. Where the element itself says
 * that it could not decode, the media is at fault: the file would end at the same place.
 */
export const fatal = (elementError: number | undefined): 'media' | 'stream' =>
  elementError === 3 ? 'media' : 'stream';

/** Seconds of buffer under which waiting for a lost connection has no more use. */
const dry = 1.5;

/** waits says whether what is buffered buys time to try the connection again. */
export const waits = (ahead: number, network: boolean): boolean => network && ahead > dry;
