import { type KeyboardEvent, type ReactNode, useRef, useState } from 'react';

interface Props {
  label: string;
  value: number;
  max: number;
  step: number;
  valueText: (value: number) => string;
  /** Layers under the fill, such as what is buffered. */
  children?: ReactNode;
  disabled?: boolean;
  /** live tells each value of a drag; without it only the value that is let go of. */
  live?: boolean;
  /** Called with the value under a drag, and with undefined when the drag ends. */
  onDrag?(value: number | undefined): void;
  onCommit(value: number): void;
  onKeyDown?(e: KeyboardEvent): void;
  testid: string;
  className?: string;
}

/** Slider is a native range input over a drawn track. */
export function Slider(p: Props) {
  // While a finger holds the thumb, the value from outside must not pull it away.
  const [held, setHeld] = useState<number>();
  const down = useRef(false);
  const shown = held ?? Math.min(p.value, p.max);

  const release = () => {
    if (!down.current) return;
    down.current = false;
    if (held !== undefined && !p.live) p.onCommit(held);
    setHeld(undefined);
    p.onDrag?.(undefined);
  };

  return (
    <div className={`slider ${p.className ?? ''}`}>
      <div className="slider-track">
        {p.children}
        <span className="left-0 bg-accent" style={{ width: percent(shown, p.max) }} />
      </div>
      <input
        type="range"
        className="slider-input"
        aria-label={p.label}
        aria-valuetext={p.valueText(shown)}
        min={0}
        max={p.max}
        step={p.step}
        value={shown}
        disabled={p.disabled}
        data-testid={p.testid}
        onPointerDown={() => {
          down.current = true;
        }}
        onPointerUp={release}
        onPointerCancel={release}
        onLostPointerCapture={release}
        onChange={(e) => {
          const value = e.target.valueAsNumber;
          if (down.current) {
            setHeld(value);
            p.onDrag?.(value);
          }
          // Not held: a key, or an assistive device that sets the value at once.
          if (!down.current || p.live) p.onCommit(value);
        }}
        onKeyDown={p.onKeyDown}
      />
    </div>
  );
}

export const percent = (value: number, max: number): string =>
  `${max > 0 ? Math.min(100, (value / max) * 100) : 0}%`;
