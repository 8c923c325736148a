// HLS by hls.js, in a chunk of its own. The light build has all that sound needs: no subtitles,
// no advertisements, no keys.
import Hls, { ErrorTypes, Events, type Fragment } from 'hls.js/light';
import { ahead, rangesOf } from './album';
import type { Open, What } from './deck';
import { Trimmer } from './trim';
import { fatal, waits } from './way';

/** Milliseconds between two tries of a lost connection, while the buffer lasts. */
const tryEvery = 2000;

export const open: Open = (audio, what) => {
  const trimmer = new Trimmer(what);
  const hls = new Hls({
    ...trimmer.loaders(),
    // The page's policy allows no script from a blob, and repackaging sound is no work.
    enableWorker: false,
    // The only metadata are timestamps, and no track of cues is made for them.
    enableID3MetadataCues: false,
    enableEmsgMetadataCues: false,
    enableDateRangeMetadataCues: false,
    startPosition: what.at,
    // Lossless sound is about a megabyte for each 8 seconds.
    maxBufferLength: 40,
    maxMaxBufferLength: 60,
    backBufferLength: 60,
    manifestLoadPolicy: policy(5000, 0),
    playlistLoadPolicy: policy(5000, 1),
    fragLoadPolicy: policy(10_000, 1),
  });
  let timer: ReturnType<typeof setTimeout> | undefined;

  hls.on(Events.ERROR, (_, error) => {
    if (!error.fatal) return;
    // The element's own error is told by the element, to the player.
    if (fatal(audio.error?.code) === 'media') return;
    const network = error.type === ErrorTypes.NETWORK_ERROR;
    clearTimeout(timer);
    if (waits(ahead(rangesOf(audio.buffered), audio.currentTime), network)) {
      timer = setTimeout(() => hls.startLoad(), tryEvery);
    } else {
      what.onFatal();
    }
  });
  trimmer.attach(hls);
  tellSegments(hls, what);
  hls.attachMedia(audio);
  hls.loadSource(what.url);
  return {
    destroy() {
      clearTimeout(timer);
      hls.destroy();
    },
  };
};

const policy = (firstByte: number, retries: number) => {
  const retry = { maxNumRetry: retries, retryDelayMs: 400, maxRetryDelayMs: 400 };
  return {
    default: {
      maxTimeToFirstByteMs: firstByte,
      maxLoadTimeMs: 4 * firstByte,
      timeoutRetry: retry,
      errorRetry: retry,
    },
  };
};

function tellSegments(hls: Hls, what: What): void {
  let count = 0;
  hls.on(Events.LEVEL_LOADED, (_, { details }) => {
    count = details.fragments.length;
  });
  hls.on(Events.FRAG_CHANGED, (_, { frag }) => {
    what.onSegment({ number: Number(frag.sn) + 1, of: count, bitrate: bitrateOf(frag) });
  });
}

function bitrateOf({ stats, duration }: Fragment): number | undefined {
  return stats.total > 0 && duration > 0 ? Math.round((stats.total * 8) / duration) : undefined;
}
