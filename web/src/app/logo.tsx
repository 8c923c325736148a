// The mark is a crossfade: one sound going out under another coming in.

export function Logo() {
  return (
    <svg viewBox="0 0 100 28" className="h-7 w-auto" aria-hidden="true" focusable="false">
      <g fill="var(--accent)">
        <path d="M1 5C12 5 13 21 24 21H1Z" fillOpacity=".55" />
        <path d="M24 5C13 5 12 21 1 21H24Z" />
      </g>
      <g
        fill="none"
        stroke="currentColor"
        strokeWidth="2.3"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path d="M42.2 11.1C41.6 9.8 40.2 9 38.4 9C36.3 9 34.8 10 34.8 11.7C34.8 13.5 36.4 14.1 38.6 14.6C41 15.1 42.6 15.8 42.6 17.7C42.6 19.6 40.8 20.7 38.5 20.7C36.4 20.7 34.9 19.8 34.3 18.3" />
        <path d="M47.1 14.7H56.9C57 11.3 55 9 52 9C49 9 46.9 11.5 46.9 14.9C46.9 18.4 49.1 20.7 52.2 20.7C54.3 20.7 55.8 19.8 56.6 18.3" />
        <path d="M70.6 9.2V20.3C70.6 23.7 68.5 25.6 65.6 25.6C63.6 25.6 62 24.8 61.2 23.4M70.6 14.7C70.6 18 68.5 20.2 65.7 20.2C62.9 20.2 60.9 18 60.9 14.7C60.9 11.3 62.9 9 65.7 9C68.5 9 70.6 11.3 70.6 14.7Z" />
        <path d="M75.2 9.2V15.9C75.2 18.9 76.8 20.7 79.4 20.7C82.2 20.7 84 18.7 84 15.7V9.2M84 15.7V20.5" />
        <path
          d="M47.1 14.7H56.9C57 11.3 55 9 52 9C49 9 46.9 11.5 46.9 14.9C46.9 18.4 49.1 20.7 52.2 20.7C54.3 20.7 55.8 19.8 56.6 18.3"
          transform="translate(41.4 0)"
        />
      </g>
    </svg>
  );
}
