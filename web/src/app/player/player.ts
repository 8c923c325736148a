// The one player of the app: it runs the machine's effects on an <audio> element and tells the
// machine what the element reports. React only reads it (see usePlayer), so it survives
// every change of page.
import { type Failure, mediaUrl, probe, type Track } from '../api';
import {
  current,
  type Effect,
  type Event,
  initial,
  type PlayFailure,
  type Queue,
  reduce,
  type State,
} from './machine';
import type { Places } from './places';
import { canPlay } from './playable';
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

  constructor(private readonly deps: Deps) {
    this.audio = deps.audio;
    this.loud = deps.loudness;
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

  /** placeOf gives where a track was left, 0 when it starts from the beginning. */
  placeOf(path: string): number {
    return this.deps.places.get(path);
  }

  // Wishes.

  /** choose starts a track where it was left; a given place (a shared address) goes first. */
  choose(queue: Queue, index: number, at?: number): void {
    const track = queue.tracks[index];
    if (track)
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
    if (this.audio.readyState === HTMLMediaElement.HAVE_NOTHING) {
      // The element forgets a place that is set before it knows the track.
      this.pendingAt = at;
    } else {
      this.audio.currentTime = at;
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
    if (track === undefined || this.audio.readyState === HTMLMediaElement.HAVE_NOTHING) return;
    this.placedAt = Date.now();
    this.deps.places.set(track.path, this.audio.currentTime, this.audio.duration);
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
      if (load !== this.load) return;
      this.audio.src = mediaUrl(track.path);
      this.audio.load();
      if (play) this.begin();
    };
    if (after === 0) go();
    else this.timer = setTimeout(go, after);
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
    this.send({ type: 'broke', failure, at: this.clock.position });
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
    const on = (name: keyof HTMLMediaElementEventMap, handle: () => void) =>
      audio.addEventListener(name, handle);

    on('loadedmetadata', () => {
      // Chromium takes a start place only now; setting it earlier is lost on some codecs.
      if (this.pendingAt > 0 && this.pendingAt < audio.duration) audio.currentTime = this.pendingAt;
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
      this.readClock();
      if (this.state.retriedAt !== undefined) {
        this.send({ type: 'advanced', at: this.clock.position });
      }
      if (this.state.phase === 'playing' && Date.now() - this.placedAt > placeEvery) {
        this.savePlace();
      }
    });
    on('seeked', () => {
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
    if (audio.readyState === HTMLMediaElement.HAVE_NOTHING) return;
    const buffered: [number, number][] = [];
    for (let i = 0; i < audio.buffered.length; i++) {
      buffered.push([audio.buffered.start(i), audio.buffered.end(i)]);
    }
    this.setClock({ position: audio.currentTime, duration: audio.duration, buffered });
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
