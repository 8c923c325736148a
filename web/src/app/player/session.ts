// The Media Session: what the lock screen, the headset's buttons and the keyboard's media keys
// show and do.
import type { Track } from '../api';

export interface Controls {
  play(): void;
  pause(): void;
  stop(): void;
  previous(): void;
  next(): void;
  skip(seconds: number): void;
  seek(to: number): void;
}

const skipSeconds = 10;

export function connect(session: MediaSession, controls: Controls): void {
  const handlers: [MediaSessionAction, MediaSessionActionHandler][] = [
    ['play', () => controls.play()],
    ['pause', () => controls.pause()],
    ['stop', () => controls.stop()],
    ['previoustrack', () => controls.previous()],
    ['nexttrack', () => controls.next()],
    ['seekbackward', (d) => controls.skip(-(d.seekOffset ?? skipSeconds))],
    ['seekforward', (d) => controls.skip(d.seekOffset ?? skipSeconds)],
    ['seekto', (d) => d.seekTime !== undefined && controls.seek(d.seekTime)],
  ];
  for (const [action, handler] of handlers) {
    try {
      session.setActionHandler(action, handler);
    } catch {
      // Older browsers refuse actions that they do not know; the others still work.
    }
  }
}

export function describe(session: MediaSession, track: Track | undefined, origin: string): void {
  session.metadata =
    track === undefined
      ? null
      : new MediaMetadata({
          title: track.title ?? track.name,
          artist: track.artist ?? '',
          album: track.album ?? '',
          artwork: track.artwork ? [{ src: new URL(track.artwork, origin).href }] : [],
        });
}

export function place(session: MediaSession, position: number, duration: number): void {
  // A position past the length, or a length without end, throws.
  if (!Number.isFinite(duration) || duration <= 0) {
    session.setPositionState();
    return;
  }
  session.setPositionState({ duration, position: Math.min(position, duration), playbackRate: 1 });
}
