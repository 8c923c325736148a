// The one player of the app: it runs the machine's effects on an <audio> element and tells the
// machine what the element reports. React only reads it (see usePlayer), so it survives
// every change of page.
import { type Failure, mediaUrl, probe, type Track } from '../api';
import { ahead, indexIn, rangesOf, type Span, trackAt, within } from './album';
import type { Deck, Opened } from './deck';
import {
  current,
  type Effect,
  type Event,
  initial,
  type PlayFailure,
  type Queue,
  reduce,
  type State,
  sounds,
} from './machine';
import type { Places } from './places';
import { canPlay } from './playable';
import { noReport, type Report } from './report';
import * as session from './session';
import { type Loudness, turn } from './volume';

/** Clock is what changes many times a second; it is kept apart so that lists need not follow. */
export interface Clock {
  position: number;
  duration: number;
  buffered: readonly (readonly [number, number])[];
}

/** More fetches the tracks behind a queue's cursor. */
export type More = (folder: string, after: string) => Promise<Omit<Queue, 'folder'>>;

export interface Deps {
  audio: HTMLAudioElement;
  places: Places;
  more: More;
  /** Without a deck every track plays as the file that it is. */
  deck?: Deck;
  loudness: Loudness;
  rememberLoudness(l: Loudness): void;
  session: MediaSession | undefined;
  origin: string;
}

const noClock: Clock = { position: 0, duration: Number.NaN, buffered: [] };

/** Milliseconds between two writes of the place while playing. */
const placeEvery = 5000;

/** The queue is extended when this few tracks are left. */
const extendAt = 3;

/** The next track is made ready this many seconds before it is due. */
const preloadAt = 20;

/** A place in an album this near to where the sound is already needs no seek. */
const hereAlready = 0.35;

export class Player {
  private state: State = initial;
  private clock: Clock = noClock;
  private loud: Loudness;
  private readonly listeners = new Set<() => void>();
  private readonly audio: HTMLAudioElement;

  // The load under way: a later one makes its timer, its probe and its start place void.
  private load = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pendingAt = 0;
  private placedAt = 0;
  private extending: Promise<void> | undefined;

  // The part of the element's time that the track takes, where the element plays an album.
  private span: Span | undefined;
  // The element holds the track, not still the one before.
  private attached = true;
  private preloaded: string | undefined;

  constructor(private readonly deps: Deps) {
    this.audio = deps.audio;
    this.loud = deps.loudness;
    if (deps.deck) {
      deps.deck.onReport = () => this.emit();
      deps.deck.onFatal = () => this.fallBack();
    }
    this.applyLoudness();
    this.listen();
    if (deps.session) session.connect(deps.session, this);
  }

  // Reading. Each gives the same object until it changes, as useSyncExternalStore wants.

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  getState = (): State => this.state;
  getClock = (): Clock => this.clock;
  getLoudness = (): Loudness => this.loud;
  getReport = (): Report => this.deps.deck?.getReport() ?? noReport;

  /** placeOf gives where a track was left, 0 when it starts from the beginning. */
  placeOf(path: string): number {
    return this.deps.places.get(path);
  }

  // Wishes.

  /** choose starts a track where it was left; a given place (a shared address) goes first. */
  choose(queue: Queue, index: number, at?: number): void {
    const track = queue.tracks[index];
    if (track === undefined) return;
    this.deps.deck?.forgive(track.path);
    this.send({ type: 'choose', queue, index, at: at ?? this.placeOf(track.path), play: true });
  }

  /** cue shows a track ready at a place without playing: a page may not start sound by itself. */
  cue(queue: Queue, index: number, at?: number): void {
    const track = queue.tracks[index];
    if (track)
      this.send({ type: 'choose', queue, index, at: at ?? this.placeOf(track.path), play: false });
  }

  toggle(): void {
    this.send({ type: 'toggle', at: this.clock.position });
  }
  play(): void {
    this.send({ type: 'play', at: this.clock.position });
  }
  pause(): void {
    this.send({ type: 'pause' });
  }
  stop(): void {
    this.savePlace();
    this.send({ type: 'stop' });
  }
  previous(): void {
    this.send({ type: 'previous', at: this.clock.position });
  }

  next(): void {
    const { queue, index } = this.state;
    if (index + 1 < queue.tracks.length) this.send({ type: 'next' });
    else void this.extend().then(() => this.send({ type: 'next' }));
  }

  skip(seconds: number): void {
    this.seek(this.clock.position + seconds);
  }

  seek(to: number): void {
    if (current(this.state) === undefined) return;
    const end = Number.isFinite(this.clock.duration) ? this.clock.duration : Number.MAX_VALUE;
    const at = Math.min(Math.max(0, to), end);
    if (!this.knows()) {
      // The element forgets a place that is set before it knows the track.
      this.pendingAt = at;
    } else {
      this.audio.currentTime = this.start() + at;
    }
    this.setClock({ ...this.clock, position: at });
    this.placeSession();
  }

  setVolume(volume: number): void {
    this.setLoudness({ volume, muted: false });
  }
  turn(by: number): void {
    this.setLoudness(turn(this.loud, by));
  }
  toggleMute(): void {
    const { volume, muted } = this.loud;
    // Unmuting at zero would change nothing that a person can hear.
    this.setLoudness(
      muted && volume === 0 ? { volume: 0.5, muted: false } : { volume, muted: !muted },
    );
  }

  /** extendQueue takes tracks of a folder that a page has loaded anyway. */
  extendQueue(folder: string, tracks: readonly Track[], next: string | undefined): void {
    const { queue } = this.state;
    if (folder === queue.folder && tracks.length > queue.tracks.length) {
      this.send({ type: 'extend', folder, tracks, next });
    }
  }

  /** savePlace writes the place now: on pause, on leaving a track and on leaving the page. */
  savePlace(): void {
    const track = current(this.state);
    if (track === undefined || !this.knows()) return;
    this.placedAt = Date.now();
    this.deps.places.set(track.path, this.audio.currentTime - this.start(), this.length());
  }

  // The machine.

  private send(event: Event): void {
    if (event.type === 'choose' || event.type === 'next' || event.type === 'previous') {
      this.savePlace();
    }
    const before = this.state;
    const [after, effects] = reduce(before, event);
    this.state = after;
    for (const effect of effects) this.run(effect);
    if (current(after) !== current(before)) this.describe();
    if (after !== before) {
      this.publishPhase();
      this.emit();
      if (after.index >= after.queue.tracks.length - extendAt) void this.extend();
    }
  }

  private run(effect: Effect): void {
    switch (effect.do) {
      case 'load':
        this.open(effect.track, effect.at, effect.play, effect.after);
        break;
      case 'play':
        this.begin();
        break;
      case 'pause':
        this.audio.pause();
        this.savePlace();
        break;
      case 'seek':
        this.seek(effect.to);
        break;
      case 'finish':
        this.deps.places.forget(effect.track.path);
        break;
      case 'unload':
        this.load++;
        clearTimeout(this.timer);
        this.deps.deck?.close();
        this.span = undefined;
        this.audio.removeAttribute('src');
        this.audio.load();
        this.setClock(noClock);
        break;
    }
  }

  private open(track: Track, at: number, play: boolean, after: number): void {
    const load = ++this.load;
    clearTimeout(this.timer);
    this.pendingAt = at;
    // A retry keeps the length on screen; another track has another one.
    const duration = after > 0 ? this.clock.duration : Number.NaN;
    this.setClock({ position: at, duration, buffered: [] });
    const go = () => {
      if (load === this.load) this.put(track, at, play);
    };
    if (after === 0) go();
    else this.timer = setTimeout(go, after);
  }

  /** put gives the track to the element, or to the deck, which may have to ask the server. */
  private put(track: Track, at: number, play: boolean): void {
    const { deck } = this.deps;
    if (deck === undefined) {
      this.audio.src = mediaUrl(track.path);
      this.audio.load();
      if (play) this.begin();
      return;
    }
    const load = this.load;
    const opened = deck.open({ track, at, queue: this.state.queue });
    if (!(opened instanceof Promise)) {
      this.take(opened);
      return;
    }
    // What plays on while the server is asked is the track before: it has had its turn.
    this.attached = false;
    this.audio.pause();
    void opened.then((o) => load === this.load && this.take(o));
  }

  private take(opened: Opened): void {
    if (opened.by === 'nothing') {
      this.broke(opened.failure);
      return;
    }
    this.span = opened.span;
    this.attached = true;
    const { kept } = opened;
    if (kept && this.knows()) {
      const to = this.start() + this.pendingAt;
      if (Math.abs(this.audio.currentTime - to) > hereAlready) this.audio.currentTime = to;
      this.pendingAt = 0;
      this.readClock();
      this.placeSession();
    }
    // A pause may have been asked for meanwhile.
    if (!sounds(this.state)) return;
    if (kept && !this.audio.paused) this.send({ type: 'sounding' });
    this.begin();
  }

  /** fallBack goes on with the file itself, from the same place, once HLS has failed. */
  private fallBack(): void {
    const track = current(this.state);
    const { deck } = this.deps;
    if (track === undefined || deck === undefined) return;
    deck.fallBack(track, this.state.queue.folder);
    this.send({ type: 'dry' });
    this.open(track, this.clock.position, sounds(this.state), 0);
  }

  private begin(): void {
    const load = this.load;
    this.audio.play().catch((error: unknown) => {
      // Other rejections repeat what the error event says, or a pause that came first.
      if (load === this.load && error instanceof DOMException && error.name === 'NotAllowedError') {
        this.broke({ kind: 'blocked' });
      }
    });
  }

  private broke(failure: PlayFailure): void {
    const track = current(this.state);
    const fileIsBad = failure.kind === 'decode' || failure.kind === 'unsupported';
    const reason = fileIsBad && track ? this.deps.deck?.reasonOf(track.path) : undefined;
    const told = reason === undefined ? failure : { ...failure, reason };
    this.send({ type: 'broke', failure: told, at: this.clock.position });
  }

  /** extend fetches what follows the queue, once at a time. It never rejects. */
  private extend(): Promise<void> {
    const { queue, index } = this.state;
    if (queue.next === undefined || index < 0) return Promise.resolve();
    this.extending ??= this.fetchMore(queue.folder, queue.next).finally(() => {
      this.extending = undefined;
    });
    return this.extending;
  }

  private async fetchMore(folder: string, after: string): Promise<void> {
    try {
      const { tracks, next } = await this.deps.more(folder, after);
      // A server that names the same cursor again would be asked for ever.
      const cursor = next === after ? undefined : next;
      this.send({ type: 'extend', folder, tracks, next: cursor });
    } catch {
      // The queue ends here for now; the next change of track asks again.
    }
  }

  // The element.

  private listen(): void {
    const { audio } = this;
    // What the element still says of the track before is of no interest.
    const on = (name: keyof HTMLMediaElementEventMap, handle: () => void) =>
      audio.addEventListener(name, () => {
        if (this.attached) handle();
      });

    on('loadedmetadata', () => {
      // Chromium takes a start place only now; setting it earlier is lost on some codecs.
      const at = this.start() + this.pendingAt;
      if (at > 0 && at < audio.duration) audio.currentTime = at;
      this.pendingAt = 0;
      this.readClock();
      this.placeSession();
    });
    on('playing', () => {
      this.send({ type: 'sounding' });
      this.placeSession();
    });
    on('pause', () => {
      if (!audio.ended) this.send({ type: 'paused' });
      this.placeSession();
    });
    on('waiting', () => this.send({ type: 'dry' }));
    on('ended', () => this.send({ type: 'ended' }));
    on('error', () => void this.explain());
    on('timeupdate', () => {
      this.follow();
      this.readClock();
      this.prepare();
      if (this.state.retriedAt !== undefined) {
        this.send({ type: 'advanced', at: this.clock.position });
      }
      if (this.state.phase === 'playing' && Date.now() - this.placedAt > placeEvery) {
        this.savePlace();
      }
    });
    on('seeked', () => {
      this.follow();
      this.readClock();
      this.placeSession();
    });
    on('durationchange', () => this.readClock());
    on('progress', () => this.readClock());
  }

  /** explain turns the element's error, which says little, into one that a person can act on. */
  private async explain(): Promise<void> {
    const { error } = this.audio;
    const track = current(this.state);
    const load = this.load;
    if (error === null || track === undefined) return;
    const { by } = this.getReport();
    if ((by === 'hls' || by === 'native') && error.code !== MediaError.MEDIA_ERR_DECODE) {
      this.fallBack();
      return;
    }
    switch (error.code) {
      case MediaError.MEDIA_ERR_ABORTED:
        return;
      case MediaError.MEDIA_ERR_NETWORK:
        return this.broke({ kind: 'network' });
      case MediaError.MEDIA_ERR_DECODE:
        return this.broke({ kind: 'decode' });
      default: {
        // "Source not supported" is also said of a refusal, a lost file and a dead network.
        const failure = await probe(track.path);
        if (load === this.load) this.broke(playFailure(failure, canPlay(track.type)));
      }
    }
  }

  private readClock(): void {
    const { audio } = this;
    // Before the metadata the element says 0, while the person sees the place it will start at.
    if (!this.knows()) return;
    const duration = this.length();
    const position = Math.min(
      Math.max(0, audio.currentTime - this.start()),
      duration || Number.POSITIVE_INFINITY,
    );
    const buffered = within(rangesOf(audio.buffered), this.span);
    this.setClock({ position, duration, buffered });
  }

  private knows(): boolean {
    return this.attached && this.audio.readyState !== HTMLMediaElement.HAVE_NOTHING;
  }
  private start(): number {
    return this.span?.start ?? 0;
  }
  private length(): number {
    // Segments add up to a hair less than the whole, and 29.999999 is shown as 29.
    return this.span?.duration ?? Math.round(this.audio.duration * 1000) / 1000;
  }

  /** follow notices that an album has run from one track into the next. */
  private follow(): void {
    const { span } = this;
    const { deck } = this.deps;
    const track = current(this.state);
    if (span === undefined || deck === undefined || track === undefined) return;
    const at = this.audio.currentTime;
    if (this.audio.seeking || at < span.start + span.duration - 0.002) return;
    const { queue, index } = this.state;
    const next = queue.tracks[index + 1];
    const there = deck.tracks[trackAt(deck.tracks, at)];
    if (next === undefined) {
      // The queue ends here, though the album may not.
      if (indexIn(deck, track.path) + 1 < deck.tracks.length) {
        this.audio.pause();
        this.send({ type: 'ended' });
      }
      return;
    }
    if (there === undefined || there.path !== next.path) return;
    this.span = { start: there.start, duration: there.duration };
    void deck.describe(next.path);
    this.send({ type: 'crossed' });
    this.placeSession();
  }

  /** prepare makes the next track ready once this one is nearly over and buffered. */
  private prepare(): void {
    const { position, duration, buffered } = this.clock;
    const { queue, index } = this.state;
    const next = queue.tracks[index + 1];
    if (next === undefined || this.preloaded === next.path || !(duration > 0)) return;
    const left = duration - position;
    if (left > preloadAt || ahead(buffered, position) < left - 1) return;
    this.preloaded = next.path;
    this.deps.deck?.preload(next, queue);
  }

  private setClock(clock: Clock): void {
    this.clock = clock;
    this.emit();
  }

  private setLoudness(loud: Loudness): void {
    this.loud = loud;
    this.applyLoudness();
    this.deps.rememberLoudness(loud);
    this.emit();
  }

  private applyLoudness(): void {
    // Loudness is heard about as the square of the signal: the slider then feels even.
    this.audio.volume = this.loud.volume ** 2;
    this.audio.muted = this.loud.muted;
  }

  // The Media Session.

  private describe(): void {
    const s = this.deps.session;
    if (s) session.describe(s, current(this.state), this.deps.origin);
  }

  private publishPhase(): void {
    const s = this.deps.session;
    if (!s) return;
    const { phase } = this.state;
    const silent = phase === 'paused' || phase === 'failed';
    s.playbackState = phase === 'idle' ? 'none' : silent ? 'paused' : 'playing';
  }

  private placeSession(): void {
    const s = this.deps.session;
    if (s) session.place(s, this.clock.position, this.clock.duration);
  }

  private emit(): void {
    for (const listener of this.listeners) listener();
  }
}

function playFailure(failure: Failure | undefined, playable: boolean): PlayFailure {
  // The bytes are there: a format that the browser knows must then be damaged.
  if (failure === undefined) return { kind: playable ? 'decode' : 'unsupported' };
  const kind = failure.kind === 'refused' || failure.kind === 'missing' ? failure.kind : 'network';
  return failure.requestId === undefined ? { kind } : { kind, requestId: failure.requestId };
}
