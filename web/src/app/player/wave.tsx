// The waveform above the bar: bars of sound, the played part in the artwork's colour. To a
// pointer it is a place to seek; keys and screen readers have the slider beneath it.
import { useEffect, useRef, useState } from 'react';
import type { Track } from '../api';
import { sounds } from './machine';
import { useClock, usePlayer, usePlayerState } from './use';
import { pathOf } from './wave-path';

/** Files larger or longer than this are not decoded for a picture: the memory is not worth it. */
const largest = 64 << 20;
const longest = 20 * 60;

/** Milliseconds of play before the file is fetched for its shape: sound comes first. */
const patience = 1200;

interface Props {
  track: Track;
  dragged: number | undefined;
  onDrag(to: number | undefined): void;
}

export function Wave({ track, dragged, onDrag }: Props) {
  const player = usePlayer();
  const { position, duration } = useClock();
  const known = Number.isFinite(duration) && duration > 0;
  const peaks = usePeaks(track, known ? duration : undefined);
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  const d = pathOf(peaks, width, height);
  const part = known ? Math.min(1, (dragged ?? position) / duration) : 0;

  const placeOf = (e: React.PointerEvent) => {
    const { left, width } = e.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (e.clientX - left) / width)) * duration;
  };
  const held = useRef(false);
  return (
    <div
      ref={box}
      aria-hidden="true"
      data-testid="wave"
      data-state={peaks ? 'ready' : 'flat'}
      className={`relative h-8 touch-none select-none md:h-11 ${known ? 'cursor-pointer' : ''}`}
      onPointerDown={(e) => {
        if (!known || e.button !== 0) return;
        held.current = true;
        e.currentTarget.setPointerCapture(e.pointerId);
        onDrag(placeOf(e));
      }}
      onPointerMove={(e) => held.current && onDrag(placeOf(e))}
      onPointerUp={(e) => {
        if (!held.current) return;
        held.current = false;
        player.seek(placeOf(e));
        onDrag(undefined);
      }}
      onPointerCancel={() => {
        held.current = false;
        onDrag(undefined);
      }}
    >
      <Bars d={d} fresh={peaks !== undefined} className="text-line-strong/60" />
      <Bars d={d} className="text-accent" clip={`inset(0 ${((1 - part) * 100).toFixed(3)}% 0 0)`} />
    </div>
  );
}

function Bars(p: { d: string; className: string; fresh?: boolean; clip?: string }) {
  return (
    <svg
      key={p.fresh ? 'shape' : 'line'}
      aria-hidden="true"
      className={`absolute inset-0 size-full ${p.fresh ? 'animate-appear' : ''} ${p.className}`}
      style={{ clipPath: p.clip }}
    >
      <path d={p.d} stroke="currentColor" strokeWidth={2} strokeLinecap="round" fill="none" />
    </svg>
  );
}

function useSize(box: React.RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() =>
      setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return size;
}

/** usePeaks fetches the shape of a track once it has played for a moment. */
function usePeaks(track: Track, duration: number | undefined): Float32Array | undefined {
  const [found, setFound] = useState<{ track: Track; peaks: Float32Array | undefined }>();
  const playing = sounds(usePlayerState());
  const small = track.size <= largest && duration !== undefined && duration <= longest;
  const have = found?.track === track;
  const begun = useRef<{ track: Track; stop: AbortController }>(undefined);

  useEffect(() => {
    if (!playing || !small || have || begun.current?.track === track) return;
    const timer = setTimeout(() => {
      const stop = new AbortController();
      begun.current = { track, stop };
      void import('./peaks')
        .then((m) => m.peaksOf(track, stop.signal))
        .then(
          (peaks) => stop.signal.aborted || setFound({ track, peaks }),
          () => {},
        );
    }, patience);
    return () => clearTimeout(timer);
  }, [track, playing, small, have]);

  // A pause lets the fetch go on; another track ends it.
  useEffect(
    () => () => {
      if (begun.current?.track === track) begun.current.stop.abort();
      begun.current = undefined;
    },
    [track],
  );
  return have ? found.peaks : undefined;
}
