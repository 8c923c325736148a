import { Music } from 'lucide-react';
import { useState } from 'react';

interface Props {
  url: string | undefined;
  /** Gives what is without a picture a colour of its own; without it the page's tint. */
  seed?: string;
  className: string;
  /** Pictures in view at once are loaded at once; those of a long list when they come near. */
  eager?: boolean;
}

/** Artwork is decoration beside a title, so it has no text of its own. */
export function Artwork({ url, seed, className, eager }: Props) {
  const [broken, setBroken] = useState<string>();
  const box = `block shrink-0 overflow-hidden bg-sunken ${className}`;
  if (url !== undefined && broken !== url) {
    return (
      <img
        src={url}
        alt=""
        loading={eager ? 'eager' : 'lazy'}
        decoding="async"
        draggable={false}
        onError={() => setBroken(url)}
        className={`${box} object-cover`}
      />
    );
  }
  return (
    <span
      aria-hidden="true"
      className={`${box} tinted grid place-items-center text-accent`}
      style={
        {
          ...(seed === undefined ? {} : { '--tint-h': hue(seed), '--tint-c': 0.05 }),
          background: 'linear-gradient(150deg, var(--wash-strong), var(--wash))',
        } as React.CSSProperties
      }
    >
      <Music className="size-[38%] opacity-70" strokeWidth={1.6} />
    </span>
  );
}

function hue(seed: string): number {
  let h = 0;
  for (const c of seed) h = (h * 31 + (c.codePointAt(0) ?? 0)) >>> 0;
  return h % 360;
}
