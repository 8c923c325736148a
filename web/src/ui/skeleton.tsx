/** Skeleton holds the place of something that is loading; its size comes from className. */
export function Skeleton({ className }: { className: string }) {
  return <span className={`block animate-pulse-soft rounded-md bg-sunken ${className}`} />;
}
