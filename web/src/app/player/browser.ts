// What this browser can do with HLS and with codecs.
import type { Browser } from './way';

interface Types {
  isTypeSupported(type: string): boolean;
}

export function browserOf(audio: HTMLMediaElement): Browser {
  // Safari on a phone has the managed kind only.
  const kinds = window as { ManagedMediaSource?: Types; MediaSource?: Types };
  const source = kinds.ManagedMediaSource ?? kinds.MediaSource;
  return {
    mse: source !== undefined,
    native: audio.canPlayType('application/vnd.apple.mpegurl') !== '',
    buffers: (type) => source?.isTypeSupported(type) ?? false,
    plays: (type) => audio.canPlayType(type) !== '',
  };
}
