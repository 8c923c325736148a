// What the server knows of a media file and of an album: the answers of hls/info.json.
import * as check from './check';

export interface Rendition {
  name: string;
  /** The media playlist, relative to the playlists of the file. */
  uri: string;
  kind: string;
  codec: string;
  /** As in a CODECS attribute, such as mp4a.40.2. */
  codecs: string;
  format: string | undefined;
  sampleRate: number | undefined;
  channels: number | undefined;
  /** Of a sample, of lossless codecs only. */
  bits: number | undefined;
  /** Units of time in a second, in which delay and padding are counted. */
  timescale: number | undefined;
  /** Samples that the encoder put before the music and behind it, and who says so. */
  delay: number;
  padding: number;
  gapless: string | undefined;
  segments: number | undefined;
  /** Bits a second: of the fullest segment, and of all. */
  bandwidth: number | undefined;
  averageBandwidth: number | undefined;
}

export interface MediaInfo {
  version: string;
  format: string | undefined;
  duration: number;
  loudness: Loudness | undefined;
  renditions: Rendition[];
  notes: string[];
}

/** Decibels against full scale, and peaks where full scale is 1. */
export interface Loudness {
  trackGain: number | undefined;
  trackPeak: number | undefined;
  albumGain: number | undefined;
  albumPeak: number | undefined;
}

export interface AlbumTrack {
  path: string;
  codec: string;
  /** Seconds of music before it, and of its own: what encoders add is not counted. */
  start: number;
  duration: number;
  /** Seconds that its segments last, with what encoders added. */
  raw: number;
  segments: number;
}

export interface AlbumInfo {
  version: string;
  duration: number;
  tracks: AlbumTrack[];
  codecs: string[];
}

/** renamed reads fields under the API's names and gives them under ours. */
const renamed =
  <T extends object, U>(shape: check.Reader<T>, to: (t: T) => U): check.Reader<U> =>
  (v, place) =>
    to(shape(v, place));

const some = check.optional(check.number);
const word = check.optional(check.string);

const rendition = renamed(
  check.object<{
    name: string;
    uri: string;
    kind: string;
    codec: string;
    codecs: string;
    segment_format: string | undefined;
    sample_rate: number | undefined;
    channels: number | undefined;
    bits: number | undefined;
    timescale: number | undefined;
    delay: number | undefined;
    padding: number | undefined;
    gapless: string | undefined;
    segments: number | undefined;
    bandwidth: number | undefined;
    average_bandwidth: number | undefined;
  }>({
    name: check.string,
    uri: check.string,
    kind: check.string,
    codec: check.string,
    codecs: check.string,
    segment_format: word,
    sample_rate: some,
    channels: some,
    bits: some,
    timescale: some,
    delay: some,
    padding: some,
    gapless: word,
    segments: some,
    bandwidth: some,
    average_bandwidth: some,
  }),
  ({ segment_format, sample_rate, average_bandwidth, ...r }): Rendition => ({
    ...r,
    delay: r.delay ?? 0,
    padding: r.padding ?? 0,
    bits: r.bits || undefined,
    gapless: r.gapless || undefined,
    format: segment_format,
    sampleRate: sample_rate,
    averageBandwidth: average_bandwidth,
  }),
);

const loudness = renamed(
  check.object<
    Record<'track_gain' | 'track_peak' | 'album_gain' | 'album_peak', number | undefined>
  >({
    track_gain: some,
    track_peak: some,
    album_gain: some,
    album_peak: some,
  }),
  (l): Loudness => ({
    trackGain: l.track_gain,
    trackPeak: l.track_peak,
    albumGain: l.album_gain,
    albumPeak: l.album_peak,
  }),
);

export const mediaBody = renamed(
  check.object<Omit<MediaInfo, 'notes'> & { notes: string[] | undefined }>({
    version: check.string,
    format: word,
    duration: check.number,
    loudness: check.optional(loudness),
    renditions: check.list(rendition),
    notes: check.optional(check.list(check.string)),
  }),
  (m): MediaInfo => ({ ...m, notes: m.notes ?? [] }),
);

interface RawTrack {
  path: string;
  codec: string;
  start: number;
  duration: number;
  segments: number;
}

export const albumBody = renamed(
  check.object<{
    version: string;
    duration: number;
    tracks: RawTrack[];
    renditions: { codecs: string }[] | undefined;
  }>({
    version: check.string,
    duration: check.number,
    tracks: check.list(
      check.object<RawTrack>({
        path: check.path,
        codec: check.string,
        start: check.number,
        duration: check.number,
        segments: check.number,
      }),
    ),
    renditions: check.optional(
      check.list(check.object<{ codecs: string }>({ codecs: check.string })),
    ),
  }),
  ({ version, duration, tracks, renditions }): AlbumInfo => {
    let music = 0;
    const placed = tracks.map((t, i) => {
      const start = music;
      music += t.duration;
      return { ...t, start, raw: (tracks[i + 1]?.start ?? duration) - t.start };
    });
    const codecs = (renditions ?? []).map((r) => r.codecs);
    return { version, duration: music, tracks: placed, codecs };
  },
);

/** soundOf gives the rendition that is heard. */
export const soundOf = (info: MediaInfo): Rendition | undefined =>
  info.renditions.find((r) => r.kind === 'audio');

export const hasPicture = (info: MediaInfo): boolean =>
  info.renditions.some((r) => r.kind === 'video');
