// The dialogs, in a chunk of their own: the first paint needs none of them.
import { Copy, Download, Link2, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { Artwork } from '../ui/artwork';
import { buttonClass } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { mediaUrl, type Track } from './api';
import { moment, size } from './format';
import type { Overlay } from './overlay';
import { current } from './player/machine';
import { canPlay } from './player/playable';
import { useTint } from './player/tint';
import { usePlayer } from './player/use';
import { VolumeControl } from './player/volume-control';
import { useConfig } from './settings';
import { copyPage, copySignedLink } from './share';
import { text } from './text';
import { formatOf, seedOf, titleOf } from './track';

interface Props {
  overlay: Overlay;
  onClose(): void;
}

export function Overlays({ overlay, onClose }: Props) {
  switch (overlay.kind) {
    case 'track':
      return <TrackSheet track={overlay.track} play={overlay.play} onClose={onClose} />;
    case 'address':
      return <AddressDialog url={overlay.url} onClose={onClose} />;
    case 'shortcuts':
      return <Shortcuts onClose={onClose} />;
  }
}

interface SheetProps {
  track: Track;
  play: (() => void) | undefined;
  onClose(): void;
}

function TrackSheet({ track, play, onClose }: SheetProps) {
  const player = usePlayer();
  const config = useConfig();
  const tint = useTint(track.artwork);
  const isCurrent = current(player.getState())?.path === track.path;
  // The dialog hides the page from screen readers, notices too: it closes before any is said.
  const act = (what: () => void) => () => {
    onClose();
    what();
  };
  const facts: [string, ReactNode][] = [
    [text.track.album, track.album],
    [text.track.number, track.track],
    [text.track.year, track.year],
    [text.track.kind, formatOf(track)],
    [text.track.bytes, size(track.size)],
    [text.track.changed, moment(track.modified)],
    [text.track.file, track.name],
  ];
  return (
    <Dialog
      title={titleOf(track)}
      close={text.shell.close}
      hideTitle
      style={tint}
      onClose={onClose}
      testid="track-sheet"
    >
      <div className="flex items-center gap-4 pr-10">
        <Artwork
          url={track.artwork}
          seed={seedOf(track)}
          eager
          className="size-24 rounded-md shadow-art"
        />
        <div className="min-w-0">
          <p className="line-clamp-3 text-lg leading-snug font-semibold text-balance">
            {titleOf(track)}
          </p>
          {track.artist && <p className="mt-0.5 truncate text-muted">{track.artist}</p>}
        </div>
      </div>
      <dl className="mt-5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1.5 text-sm">
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name} className="contents">
              <dt className="text-muted">{name}</dt>
              <dd className="wrap-anywhere tabular-nums">{value}</dd>
            </div>
          ),
        )}
      </dl>
      {isCurrent && (
        // The bar of a narrow window has no room for it.
        <div className="mt-4 -ml-2 flex items-center md:hidden">
          <VolumeControl className="grow" prefix="sheet-" />
        </div>
      )}
      <div className="mt-5 grid gap-2">
        {play && canPlay(track.type) && !isCurrent && (
          <button
            type="button"
            className={buttonClass('primary')}
            data-testid="sheet-play"
            onClick={act(play)}
          >
            <Play aria-hidden="true" className="size-4 fill-current" />
            {text.track.actionPlay}
          </button>
        )}
        {config?.signing && (
          <button
            type="button"
            className={buttonClass('plain')}
            data-testid="sheet-copy-link"
            onClick={act(() => void copySignedLink(track))}
          >
            <Link2 aria-hidden="true" className="size-4" />
            {text.track.actionCopyLink}
          </button>
        )}
        <button
          type="button"
          className={buttonClass('plain')}
          data-testid="sheet-copy-page"
          onClick={act(() => void copyPage(track, isCurrent ? player.getClock().position : 0))}
        >
          <Copy aria-hidden="true" className="size-4" />
          {text.track.actionCopyPage}
        </button>
        <a
          href={mediaUrl(track.path)}
          download={track.name}
          className={buttonClass('plain')}
          data-testid="sheet-download"
          onClick={onClose}
        >
          <Download aria-hidden="true" className="size-4" />
          {text.track.actionDownload}
        </a>
      </div>
    </Dialog>
  );
}

function AddressDialog({ url, onClose }: { url: string; onClose(): void }) {
  return (
    <Dialog title={text.link.title} close={text.shell.close} onClose={onClose} testid="address">
      <p className="mb-3 text-sm text-muted">{text.link.refused}</p>
      <textarea
        readOnly
        // The dialog gives the focus to its first field, and the focus selects all of it.
        onFocus={(e) => e.target.select()}
        aria-label={text.link.field}
        data-testid="address-field"
        value={url}
        rows={3}
        className="w-full resize-none rounded-md border border-line-strong bg-page p-3 font-mono
          text-xs break-all"
      />
    </Dialog>
  );
}

function Shortcuts({ onClose }: { onClose(): void }) {
  return (
    <Dialog
      title={text.shell.shortcuts}
      close={text.shell.close}
      onClose={onClose}
      testid="shortcuts-dialog"
    >
      <dl className="grid gap-1">
        {text.shortcuts.map(({ keys, does }) => (
          <div key={does} className="flex items-center justify-between py-1">
            <dt>{does}</dt>
            <dd className="flex gap-1.5">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="min-w-7 rounded-sm border border-line bg-sunken px-2 py-0.5 text-center
                    font-sans text-xs font-medium"
                >
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
