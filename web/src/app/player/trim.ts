// Carries out the plan of gapless.ts in an hls.js instance: it hands hls.js the rewritten
// playlist, keeps hls.js's times to it, and sets the window of the source buffer for each
// segment, so that the browser cuts what encoders added to the sample.
import Hls, {
  type BufferAppendingData,
  Events,
  type HlsConfig,
  type Loader,
  type LoaderCallbacks,
  type LoaderContext,
} from 'hls.js/light';
import { hasPicture, soundOf } from '../info';
import type { What } from './deck';
import { bare, type Cut, fill, type Part, type Plan, plan, timeOf } from './gapless';

/**
 * Samples by which every MP3 decoder is late. The server counts them in the delay, and browsers
 * take them away by themselves.
 */
const mp3Decoder = 529;

type Loading = LoaderContext & { type?: string; frag?: { sn: number | 'initSegment' } };
type Load = Loader<LoaderContext>['load'];

export class Trimmer {
  private plan: Plan | undefined;
  /** Of each part, as far as known: seconds before its music, and units of time in a second. */
  private readonly delays = new Map<number, { delay: number; scale: number }>();
  /** The time in the segments at which each part begins, in seconds. */
  private readonly bases = new Map<number, number>();
  private readonly cuts = new WeakMap<object, Cut>();

  constructor(private readonly what: What) {}

  /** loaders are what hls.js must load by. */
  loaders(): Partial<HlsConfig> {
    const trimmer = this;
    const Base = Hls.DefaultConfig.loader;
    return {
      pLoader: class extends Base {
        override load(...[context, config, callbacks]: Parameters<Load>) {
          const onSuccess: LoaderCallbacks<LoaderContext>['onSuccess'] = (response, ...rest) => {
            if ((context as Loading).type === 'level' && typeof response.data === 'string') {
              response.data = trimmer.take(response.data);
            }
            callbacks.onSuccess(response, ...rest);
          };
          super.load(context, config, { ...callbacks, onSuccess });
        }
      } as unknown as NonNullable<HlsConfig['pLoader']>,
      fLoader: class extends Base {
        private gone = false;
        override load(...args: Parameters<Load>) {
          const ready = trimmer.ready((args[0] as Loading).frag?.sn);
          if (ready === undefined) super.load(...args);
          else void ready.then(() => this.gone || super.load(...args));
        }
        override abort() {
          this.gone = true;
          super.abort();
        }
        override destroy() {
          this.gone = true;
          super.destroy();
        }
      } as unknown as NonNullable<HlsConfig['fLoader']>,
    };
  }

  attach(hls: Hls): void {
    // A listener would come too late: hls.js's own was there first, and may append at once.
    const trigger = hls.trigger.bind(hls);
    hls.trigger = (event, data) => {
      if (event === Events.BUFFER_APPENDING) this.note(data as BufferAppendingData);
      return trigger(event, data);
    };
    hls.on(Events.BUFFER_CREATED, (_, { tracks }) => {
      const { audio } = tracks;
      if (audio?.buffer) this.wrap(audio.buffer as SourceBuffer, audio.container === 'audio/mpeg');
    });
    // hls.js moves its times to what it finds in segments, which is more than the music.
    hls.on(Events.LEVEL_PTS_UPDATED, (_, { details }) => {
      if (!this.plan?.cuts.some((c) => c.trim)) return;
      let start = 0;
      const times = timesOf(this.plan.playlist);
      for (const [i, frag] of details.fragments.entries()) {
        const duration = times[i] ?? frag.duration;
        frag.setStart(start);
        frag.setDuration(duration);
        const end = start + duration;
        if (frag.startPTS !== undefined) {
          Object.assign(frag, { startPTS: start, maxStartPTS: start, startDTS: start });
          Object.assign(frag, { endPTS: end, minEndPTS: end, endDTS: end });
        }
        start = end;
      }
    });
  }

  /** note remembers which segment the bytes are of that are about to be appended. */
  private note({ data, frag }: BufferAppendingData): void {
    const cut = typeof frag.sn === 'number' ? this.plan?.cuts[frag.sn] : undefined;
    if (cut?.trim) this.cuts.set(data, cut);
  }

  private take(playlist: string): string {
    const { album, info } = this.what;
    const sound = soundOf(info);
    const single: Part[] = [
      { start: 0, duration: info.duration, segments: sound?.segments ?? Number.NaN },
    ];
    // The sound of a film keeps the film's time.
    this.plan = hasPicture(info) ? undefined : plan(playlist, album?.tracks ?? single);
    return this.plan?.playlist ?? playlist;
  }

  /** ready waits for the delay of the part that a segment is of, where it must be known. */
  private ready(sn: number | 'initSegment' | undefined): Promise<void> | undefined {
    const cut = typeof sn === 'number' ? this.plan?.cuts[sn] : undefined;
    if (cut === undefined || !cut.trim || this.delays.has(cut.part)) return undefined;
    const path = this.what.album?.tracks[cut.part]?.path;
    const info = path === undefined ? Promise.resolve(this.what.info) : this.what.infoOf(path);
    return info.then((i) => {
      const sound = i && soundOf(i);
      const scale = sound?.timescale ?? sound?.sampleRate;
      if (sound === undefined || !scale) return;
      const own = sound.codec === 'mp3' ? mp3Decoder : 0;
      this.delays.set(cut.part, { delay: Math.max(0, sound.delay - own) / scale, scale });
    });
  }

  private wrap(buffer: SourceBuffer, mpeg: boolean): void {
    const append = buffer.appendBuffer.bind(buffer);
    buffer.appendBuffer = (data: BufferSource) => {
      if (!isInit(data as Uint8Array)) this.frame(buffer, data as Uint8Array, mpeg);
      else if (this.plan) bare(data as Uint8Array);
      append(data);
    };
  }

  /** frame sets where the next segment goes and what of it is kept. */
  private frame(buffer: SourceBuffer, data: Uint8Array, mpeg: boolean): void {
    // The end first: a window's start must lie before it, whatever it was.
    buffer.appendWindowEnd = Number.POSITIVE_INFINITY;
    buffer.appendWindowStart = 0;
    const cut = this.cuts.get(data);
    const known = cut && this.delays.get(cut.part);
    // MPEG audio has no times of its own: it goes where the offset says.
    const base = cut && known && (mpeg ? -cut.into : this.baseOf(cut, data, known.scale));
    this.what.onTrimmed(base !== undefined);
    if (cut === undefined || known === undefined || base === undefined) return;
    if (!mpeg) fill(data);
    const offset = cut.start - known.delay - base;
    if (buffer.timestampOffset !== offset) buffer.timestampOffset = offset;
    buffer.appendWindowStart = cut.start;
    buffer.appendWindowEnd = cut.end;
  }

  /** baseOf finds a part's beginning once: a segment's own times are rounded. */
  private baseOf(cut: Cut, data: Uint8Array, scale: number): number | undefined {
    const known = this.bases.get(cut.part);
    if (known !== undefined) return known;
    const time = timeOf(data);
    if (time === undefined) return undefined;
    const base = Math.round(time - cut.into * scale) / scale;
    this.bases.set(cut.part, base);
    return base;
  }
}

const timesOf = (playlist: string): number[] =>
  [...playlist.matchAll(/^#EXTINF:([\d.]+)/gm)].map((m) => Number(m[1]));

/** An init section begins with its ftyp box. */
const isInit = (data: Uint8Array): boolean =>
  data[4] === 0x66 && data[5] === 0x74 && data[6] === 0x79 && data[7] === 0x70;
