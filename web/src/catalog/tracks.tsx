import { Download, Ellipsis, Link2, Play, TriangleAlert } from 'lucide-react';
import { memo } from 'react';
import { mediaUrl, type Track } from '../app/api';
import { clock, day, size } from '../app/format';
import { open } from '../app/overlay';
import { canPlay, useUnplayable } from '../app/player/playable';
import { copySignedLink } from '../app/share';
import { text } from '../app/text';
import { formatOf, seedOf, titleOf } from '../app/track';
import { Artwork } from '../ui/artwork';
import { IconButton, iconButtonClass } from '../ui/button';
import type { Facts } from './facts';

interface ListProps {
  tracks: readonly Track[];
  facts: Facts;
  signing: boolean;
  currentPath: string | undefined;
  sounding: boolean;
  placeOf(path: string): number;
  onPlay(track: Track): void;
}

const columnsOf = ({ showAlbum, showYear }: Facts, signing: boolean): string =>
  [
    '2rem 2.75rem minmax(0, 2fr)',
    showAlbum && 'minmax(0, 1.25fr)',
    showYear && '3.25rem',
    '3.75rem 4.75rem 6.75rem',
    // Fixed, so that the heads above are as wide as the rows: three buttons, or two.
    signing ? '7rem' : '4.625rem',
  ]
    .filter(Boolean)
    .join(' ');

const grid = `grid grid-cols-[2.75rem_minmax(0,1fr)_auto] items-center gap-x-3 px-2 lg:gap-x-4 lg:px-3
  lg:grid-cols-(--columns)`;

export function Tracks(p: ListProps) {
  const { album, year, format, size, modified, title } = text.folder.columns;
  const { facts } = p;
  const unplayable = useUnplayable();
  return (
    <section
      aria-label={text.folder.tracks}
      style={{ '--columns': columnsOf(facts, p.signing) } as React.CSSProperties}
    >
      {/* For the eye only: each row says its own words to a screen reader. */}
      <div
        aria-hidden="true"
        className={`${grid} -mx-3 mb-1 hidden border-b border-line pb-2 text-xs text-muted lg:grid`}
      >
        <span className="text-center">#</span>
        <span className="col-span-2">{title}</span>
        {facts.showAlbum && <span>{album}</span>}
        {facts.showYear && <span className="text-right">{year}</span>}
        <span>{format}</span>
        <span className="text-right">{size}</span>
        <span className="text-right">{modified}</span>
      </div>
      <ol data-testid="tracks" className="-mx-2 lg:-mx-3">
        {p.tracks.map((track, i) => {
          const isCurrent = track.path === p.currentPath;
          return (
            <Row
              key={track.path}
              track={track}
              number={facts.showAlbum ? i + 1 : (track.track ?? i + 1)}
              facts={facts}
              signing={p.signing}
              playable={canPlay(track.type) && !unplayable.has(track.path)}
              codec={unplayable.get(track.path)}
              isCurrent={isCurrent}
              sounding={isCurrent && p.sounding}
              place={isCurrent ? 0 : p.placeOf(track.path)}
              onPlay={p.onPlay}
            />
          );
        })}
      </ol>
    </section>
  );
}

interface RowProps {
  track: Track;
  number: number;
  facts: Facts;
  signing: boolean;
  playable: boolean;
  /** What was found inside that this browser has no decoder for. */
  codec: string | undefined;
  isCurrent: boolean;
  sounding: boolean;
  place: number;
  onPlay(track: Track): void;
}

const Row = memo(function Row(p: RowProps) {
  const { track, facts, isCurrent, sounding, playable } = p;
  const title = titleOf(track);
  const words = text.track;
  return (
    <li
      data-testid="track"
      data-path={track.path}
      data-current={isCurrent || undefined}
      aria-current={isCurrent || undefined}
      className={`${grid} row group relative h-15 rounded-md hover:bg-sunken/70 data-current:bg-wash
        lg:h-13`}
    >
      <span
        aria-hidden="true"
        className="hidden h-4 place-items-center text-sm text-muted tabular-nums lg:grid"
      >
        {isCurrent ? (
          <Bars still={!sounding} />
        ) : (
          <>
            <span className={playable ? 'group-hover:hidden' : ''}>{p.number}</span>
            {playable && <Play className="hidden size-4 fill-ink text-ink group-hover:block" />}
          </>
        )}
      </span>
      <span className="relative">
        <Artwork
          url={track.artwork}
          seed={seedOf(track)}
          className={`size-11 rounded-sm lg:size-10 ${playable ? '' : 'opacity-50'}`}
        />
        {isCurrent && (
          <span
            aria-hidden="true"
            className="absolute inset-0 grid size-11 place-items-center rounded-sm
              bg-[oklch(0.15_0.01_265/0.55)] text-[white] lg:hidden"
          >
            <Bars still={!sounding} />
          </span>
        )}
      </span>
      <div className="min-w-0">
        {playable ? (
          <button
            type="button"
            data-testid="track-play"
            aria-label={`${(sounding ? words.pause : words.play)(title)}${
              track.artist ? ` ${words.by(track.artist)}` : ''
            }`}
            onClick={() => p.onPlay(track)}
            // The whole row is the target; the buttons at its end lie above this layer.
            className={`block max-w-full truncate rounded-sm text-left font-medium after:absolute
              after:inset-0 after:rounded-md focus-visible:outline-none
              focus-visible:after:outline-2 focus-visible:after:-outline-offset-2
              focus-visible:after:outline-accent-strong ${isCurrent ? 'text-accent-strong' : ''}`}
          >
            {title}
          </button>
        ) : (
          <p className="truncate font-medium text-muted">{title}</p>
        )}
        <Line {...p} />
      </div>
      {facts.showAlbum && (
        <span className="hidden truncate text-sm text-muted lg:block">{track.album}</span>
      )}
      {facts.showYear && (
        <span className="hidden text-right text-sm text-muted tabular-nums lg:block">
          {track.year}
        </span>
      )}
      <span className="hidden truncate text-xs text-muted lg:block">{formatOf(track)}</span>
      <span className="hidden text-right text-sm text-muted tabular-nums lg:block">
        {size(track.size)}
      </span>
      <time
        dateTime={track.modified.toISOString()}
        className="hidden text-right text-sm text-muted tabular-nums lg:block"
      >
        {day(track.modified)}
      </time>
      <div className="relative z-10 flex items-center justify-end gap-0.5">
        {p.signing && (
          <IconButton
            label={words.copyLink(title)}
            data-testid="track-copy-link"
            className="max-lg:hidden pointer-coarse:hidden"
            onClick={() => void copySignedLink(track)}
          >
            <Link2 aria-hidden="true" className="size-4" strokeWidth={1.75} />
          </IconButton>
        )}
        <a
          href={mediaUrl(track.path)}
          download={track.name}
          aria-label={words.download(title)}
          title={words.download(title)}
          data-testid="track-download"
          className={`${iconButtonClass} ${playable ? 'max-lg:hidden pointer-coarse:hidden' : 'text-accent'}`}
        >
          <Download aria-hidden="true" className="size-4" strokeWidth={1.75} />
        </a>
        <IconButton
          label={words.more(title)}
          data-testid="track-more"
          onClick={() => open({ kind: 'track', track, play: () => p.onPlay(track) })}
        >
          <Ellipsis aria-hidden="true" className="size-4" strokeWidth={1.75} />
        </IconButton>
      </div>
    </li>
  );
});

/** Line is the second line of a row: why it cannot play, or who made it and where it resumes. */
function Line({ track, facts, playable, codec, place }: RowProps) {
  if (!playable) {
    return (
      <p
        data-testid="track-unplayable"
        title={text.track.unplayableHint}
        className="flex items-center gap-1.5 text-sm text-muted"
      >
        <TriangleAlert aria-hidden="true" className="size-3.5 shrink-0" />
        <span className="truncate">{text.track.unplayable(codec ?? formatOf(track))}</span>
      </p>
    );
  }
  // An album by one artist says so once, above the list.
  const said = facts.album && facts.artist ? undefined : track.artist;
  if (said === undefined && place === 0) {
    // Where the format has no column of its own it stands here.
    return <p className="truncate text-xs text-muted lg:hidden">{formatOf(track)}</p>;
  }
  return (
    <p className="truncate text-sm text-muted">
      {said}
      {place > 0 && (
        <span data-testid="track-place" className="text-accent">
          {said && ' · '}
          {text.track.resumeAt(clock(place))}
        </span>
      )}
    </p>
  );
}

function Bars({ still }: { still: boolean }) {
  return (
    <span
      data-still={still || undefined}
      className="bars flex h-3.5 items-end gap-[2px] text-current"
    >
      <span />
      <span />
      <span />
    </span>
  );
}
