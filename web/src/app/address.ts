// The page's address: `/?path=/album/&track=/album/01.flac&t=83`. Written by hand, because the
// router's own way would quote strings and escape each slash, and people read these.

export interface Address {
  path?: string | undefined;
  track?: string | undefined;
  /** Seconds into the track. */
  t?: number | undefined;
}

export function parse(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringify(search: Record<string, unknown>): string {
  const parts = Object.entries(search).flatMap(([key, value]) =>
    value === undefined || value === null
      ? []
      : [`${encodeURIComponent(key)}=${encodeURIComponent(String(value)).replaceAll('%2F', '/')}`],
  );
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

/** read keeps what is a sound address and drops the rest; the first folder goes without saying. */
export function read(search: Record<string, unknown>): Address {
  const out: Address = {};
  const path = absolute(search.path);
  if (path !== undefined && path !== '/') out.path = path.endsWith('/') ? path : `${path}/`;
  const track = absolute(search.track);
  if (track !== undefined && !track.endsWith('/')) out.track = track;
  const t = Number(search.t);
  if (search.t !== undefined && search.t !== '' && Number.isFinite(t) && t > 0) out.t = t;
  return out;
}

const absolute = (v: unknown): string | undefined =>
  typeof v === 'string' && v.startsWith('/') ? v : undefined;
