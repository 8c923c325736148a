// The deck puts a track into the audio element: as HLS where server and browser can, alone or
// as a part of its album, else as the file itself. The player asks and the deck answers; the
// rules are in way.ts and album.ts.
import {
  type Answer,
  albumInfo,
  type Failure,
  hlsUrl,
  mediaInfo,
  mediaUrl,
  type Track,
} from '../api';
import type { AlbumInfo, MediaInfo } from '../info';
import { fits, indexIn, type Span, spanOf } from './album';
import type { PlayFailure, Queue } from './machine';
import { cannotPlay } from './playable';
import { noReport, type Report, type Segment } from './report';
import { type Browser, early, typesOf, type Way, type Why, wayOf } from './way';

/** Source is HLS under way in the element. */
export interface Source {
  destroy(): void;
}

/** Open starts HLS in an element: hls.ts, which loads when it is first needed. */
export type Open = (audio: HTMLAudioElement, what: What) => Source;

export interface What {
  url: string;
  /** Seconds of the source to start at. */
  at: number;
  /** The tracks' parts of an album; undefined for a single track. */
  album: AlbumInfo | undefined;
  info: MediaInfo;
  /** What the server knows of another track of the album. */
  infoOf(path: string): Promise<MediaInfo | undefined>;
  onFatal(): void;
  onSegment(segment: Segment): void;
  /** What encoders added is cut away from here on, or is not. */
  onTrimmed(trimmed: boolean): void;
}

export interface Want {
  track: Track;
  at: number;
  queue: Queue;
}

export type Opened =
  | { by: 'hls' | 'native' | 'stream'; span: Span | undefined; kept: boolean }
  | { by: 'nothing'; failure: PlayFailure };

export interface DeckDeps {
  audio: HTMLAudioElement;
  browser: Browser;
  /** Whether the server gives HLS. It never rejects. */
  enabled(): Promise<boolean>;
  /** The HLS engine. */
  engine(): Promise<Open>;
}

/** Milliseconds that a track which could start waits for what is known of its album. */
const albumPatience = 250;

/** Milliseconds for which an answer on a file counts as fresh. */
const fresh = 60_000;

/** Answers are kept for this many files and folders. */
const keep = 200;

export class Deck {
  private report: Report = noReport;
  private source: Source | undefined;
  private album: AlbumInfo | undefined;
  private opening = 0;
  private readonly fellBack = new Set<string>();
  private readonly brokenAlbums = new Set<string>();
  private readonly infos = new Answers(mediaInfo);
  private readonly albums = new Answers(albumInfo);

  /** Called on each change of the report, and when HLS broke in a way that the file may not. */
  onReport: () => void = () => {};
  onFatal: () => void = () => {};

  constructor(private readonly deps: DeckDeps) {}

  getReport = (): Report => this.report;

  /** The tracks of the album under way, none outside of one. */
  get tracks(): AlbumInfo['tracks'] {
    return this.album?.tracks ?? [];
  }

  /** reasonOf gives the server's sentence on a file that it could not package. */
  reasonOf(path: string): string | undefined {
    return this.infos.seen(path)?.detail;
  }

  /**
   * open puts a track into the element. It answers at once where the album under way holds the
   * track: the sound then goes on without a stop.
   */
  open(want: Want): Opened | Promise<Opened> {
    const opening = ++this.opening;
    const { path } = want.track;
    const index = this.album === undefined ? -1 : indexIn(this.album, path);
    const part = this.album?.tracks[index];
    const lost = this.fellBack.has(path);
    if (this.album && part && !lost && fits(this.album, want.queue.tracks)) {
      void this.describe(path);
      return { by: 'hls', span: spanOf(part), kept: true };
    }
    this.close();
    return this.choose(want, () => opening === this.opening);
  }

  /** close lets go of what is under way; the element may still hold its last sound. */
  close(): void {
    this.source?.destroy();
    this.source = undefined;
    this.album = undefined;
    this.tell({ ...noReport });
  }

  /** describe brings the report to a track that the sound has run into. */
  async describe(path: string): Promise<void> {
    const opening = this.opening;
    const answer = await this.infos.ask(path);
    if (opening === this.opening) {
      this.tell({ ...this.report, info: answer.ok ? answer.value : undefined });
    }
  }

  /** forgive gives HLS another chance for a track: a person chose it anew. */
  forgive(path: string): void {
    this.fellBack.delete(path);
  }

  /** fallBack says that HLS is not to be tried again for this track. */
  fallBack(track: Track, folder: string): void {
    // What broke an album may be one track of it: the others are then played by themselves.
    if (this.album !== undefined) this.brokenAlbums.add(folder);
    this.fellBack.add(track.path);
  }

  /** preload warms the browser's cache with what a track begins with. */
  preload(track: Track, queue: Queue): void {
    if (this.report.by !== 'hls' || this.album !== undefined) return;
    void this.albumOf(queue);
    void this.infos.ask(track.path).then(async (answer) => {
      const way = wayOf(this.deps.browser, answer);
      if (!answer.ok || way.by !== 'hls' || this.fellBack.has(track.path)) return;
      const base = hlsUrl(track.path);
      const media = `${base}${answer.value.renditions.find((r) => r.kind === 'audio')?.uri}`;
      await Promise.all([warm(base + way.playlist), warmStart(media)]);
    });
  }

  private async choose(want: Want, live: () => boolean): Promise<Opened> {
    const { track, queue } = want;
    const { browser } = this.deps;
    const why = early(browser, await this.deps.enabled(), this.fellBack.has(track.path));
    if (why !== undefined) return this.stream(track, why, live);

    const asked = this.albumOf(queue);
    const [info, engine] = await Promise.all([
      this.infos.ask(track.path),
      browser.mse ? this.deps.engine().catch(() => undefined) : undefined,
    ]);
    const album = info.ok ? await within(albumPatience, asked) : undefined;
    if (!live()) return voided;
    const way = wayOf(browser, info);
    if (way.by === 'nothing') {
      cannotPlay(track.path, way.codec);
      this.tell({ ...noReport, info: info.ok ? info.value : undefined });
      return { by: 'nothing', failure: { kind: 'unsupported', codec: way.codec } };
    }
    if (way.by === 'stream' || !info.ok) {
      return this.stream(track, way.by === 'stream' ? way.why : 'unreachable', live, info);
    }
    if (way.by === 'hls' && engine === undefined) {
      return this.stream(track, 'unreachable', live, info);
    }
    return this.start(want, way, info.value, album, engine);
  }

  private start(
    want: Want,
    way: Way & { playlist: string },
    info: MediaInfo,
    album: AlbumInfo | undefined,
    engine: Open | undefined,
  ): Opened {
    const { audio } = this.deps;
    const { track, queue } = want;
    const part = album?.tracks[indexIn(album, track.path)];
    const joined = part !== undefined && engine !== undefined ? album : undefined;
    const url = joined ? `${hlsUrl(queue.folder)}master.m3u8` : hlsUrl(track.path) + way.playlist;
    const span = joined && part ? spanOf(part) : undefined;
    this.tell({ ...noReport, by: way.by, album: joined !== undefined, info });
    if (engine === undefined) {
      audio.src = url;
      audio.load();
      return { by: 'native', span, kept: false };
    }
    this.album = joined;
    this.source = engine(audio, {
      url,
      at: (span?.start ?? 0) + want.at,
      album: joined,
      info,
      infoOf: (path) => this.infos.ask(path).then((a) => (a.ok ? a.value : undefined)),
      onFatal: () => this.onFatal(),
      onSegment: (segment) => this.tell({ ...this.report, segment }),
      onTrimmed: (trimmed) => {
        if (trimmed !== this.report.trimmed) this.tell({ ...this.report, trimmed });
      },
    });
    return { by: 'hls', span, kept: false };
  }

  private stream(track: Track, why: Why, live: () => boolean, info?: Answer<MediaInfo>): Opened {
    if (!live()) return voided;
    this.deps.audio.src = mediaUrl(track.path);
    this.deps.audio.load();
    this.tell({ ...noReport, by: 'stream', why, info: info?.ok ? info.value : undefined });
    // What the file holds is of interest however it is played; a server without HLS has no say.
    if (info === undefined && why !== 'off') void this.describe(track.path);
    return { by: 'stream', span: undefined, kept: false };
  }

  /** albumOf gives the album of a queue where there is one that fits. It never rejects. */
  private async albumOf(queue: Queue): Promise<AlbumInfo | undefined> {
    const { folder, tracks } = queue;
    if (!this.deps.browser.mse || tracks.length < 2 || this.brokenAlbums.has(folder)) return;
    const answer = await this.albums.ask(folder);
    if (!answer.ok || !fits(answer.value, tracks)) return;
    const [first] = answer.value.tracks;
    const types = answer.value.codecs.flatMap((codecs) =>
      typesOf({ codec: first?.codec ?? '', codecs }),
    );
    return types.some((t) => this.deps.browser.buffers(t)) ? answer.value : undefined;
  }

  private tell(report: Report): void {
    this.report = report;
    this.onReport();
  }
}

/** voided answers an opening that a later one has made void; nobody reads it. */
const voided: Opened = { by: 'stream', span: undefined, kept: false };

/** Answers asks for what the server knows, once for some time, and not while it says to wait. */
class Answers<T> {
  private readonly known = new Map<
    string,
    { answer: Promise<Answer<T>>; until: number; failure?: Failure }
  >();

  constructor(private readonly fetch: (path: string) => Promise<Answer<T>>) {}

  ask(path: string): Promise<Answer<T>> {
    const have = this.known.get(path);
    if (have !== undefined && Date.now() < have.until) return have.answer;
    const entry: { answer: Promise<Answer<T>>; until: number; failure?: Failure } = {
      answer: this.fetch(path),
      until: Date.now() + fresh,
    };
    this.known.delete(path);
    this.known.set(path, entry);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= keep) break;
      this.known.delete(oldest);
    }
    void entry.answer.then((a) => {
      if (a.ok) return;
      entry.failure = a.failure;
      // A refusal stays one; a passing failure is worth another question soon.
      const lasting = a.failure.status === 415 || a.failure.status === 422;
      if (!lasting) entry.until = Date.now() + (a.failure.retryAfter ?? 0) * 1000;
    });
    return entry.answer;
  }

  seen = (path: string): Failure | undefined => this.known.get(path)?.failure;
}

function within<T>(milliseconds: number, what: Promise<T>): Promise<T | undefined> {
  return Promise.race([
    what,
    new Promise<undefined>((done) => setTimeout(() => done(undefined), milliseconds)),
  ]);
}

async function warm(url: string): Promise<string> {
  try {
    const response = await fetch(url, { priority: 'low' });
    return response.ok ? await response.text() : '';
  } catch {
    // It was a favour: the track itself says what is wrong, if it still is.
    return '';
  }
}

/** warmStart fetches a media playlist, its init section and its first segment. */
async function warmStart(url: string): Promise<void> {
  const lines = (await warm(url)).split('\n');
  const map = lines.map((l) => /^#EXT-X-MAP:.*URI="([^"]+)"/.exec(l)?.[1]).find(Boolean);
  const first = lines.find((l) => l !== '' && !l.startsWith('#'));
  const base = new URL(url, location.href);
  for (const name of [map, first]) {
    if (name !== undefined) void warm(new URL(name, base).pathname);
  }
}
