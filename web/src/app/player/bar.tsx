// The player's bar: always at the foot of the window, whatever page is above it.
import { Link } from '@tanstack/react-router';
import {
  Download,
  Link2,
  Pause,
  Play,
  RotateCcw,
  SkipBack,
  SkipForward,
  TriangleAlert,
} from 'lucide-react';
import { lazy, type ReactNode, Suspense, useRef, useState } from 'react';
import { Artwork } from '../../ui/artwork';
import { IconButton } from '../../ui/button';
import { percent, Slider } from '../../ui/slider';
import { mediaUrl, type Track } from '../api';
import { clock, spoken } from '../format';
import { soundOf } from '../info';
import { open } from '../overlay';
import { copyPage } from '../share';
import { recall, remember } from '../storage';
import { text } from '../text';
import { folderOf, nameOf, seedOf, titleOf } from '../track';
import { current, hasNext, sounds } from './machine';
import { useClock, usePlayer, usePlayerState, useReport } from './use';
import { VolumeControl } from './volume-control';
import { Wave } from './wave';
import { nameOf as codecName } from './way';

const Panel = lazy(() => import('./panel').then((m) => ({ default: m.Panel })));

const panelKey = 'segue.panel';
const panelId = 'technical';

export function PlayerBar() {
  const player = usePlayer();
  const state = usePlayerState();
  const track = current(state);
  const [dragged, setDragged] = useState<number>();
  const [panel, setPanel] = useState(() => recall(panelKey) === 'open');
  const toggle = useRef<HTMLButtonElement>(null);
  const showPanel = (show: boolean) => {
    setPanel(show);
    remember(panelKey, show ? 'open' : undefined);
    if (!show) toggle.current?.focus();
  };
  return (
    <section
      aria-label={text.player.region}
      data-testid="player"
      data-phase={state.phase}
      className="border-t border-line bg-raised pb-[env(safe-area-inset-bottom)]"
    >
      <Trouble />
      <div className={track ? 'bg-linear-to-r from-wash to-raised to-70%' : ''}>
        {track && panel && (
          <Suspense>
            <Panel id={panelId} onClose={() => showPanel(false)} />
          </Suspense>
        )}
        {track && (
          <div className="mx-auto max-w-7xl px-4 pt-2 sm:px-8">
            <Wave key={track.path} track={track} dragged={dragged} onDrag={setDragged} />
          </div>
        )}
        <div
          className="mx-auto grid max-w-7xl grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 px-4
            py-2.5 sm:px-8 md:grid-cols-[minmax(0,1fr)_minmax(0,1.5fr)_minmax(0,1fr)] md:gap-x-8
            md:py-3"
        >
          <div className="flex min-w-0 items-center gap-3 md:row-span-2">
            {track ? <Now track={track} /> : <Nothing />}
          </div>
          <Transport />
          <Seek dragged={dragged} onDrag={setDragged}>
            {track && (
              <button
                ref={toggle}
                type="button"
                aria-expanded={panel}
                aria-controls={panel ? panelId : undefined}
                data-testid="technical"
                onClick={() => showPanel(!panel)}
                className="-my-1 h-7 shrink-0 rounded-full border border-line-strong px-2.5
                  text-xs font-medium text-ink transition-colors hover:bg-sunken
                  aria-expanded:bg-wash-strong pointer-coarse:h-9"
              >
                <Chip />
              </button>
            )}
          </Seek>
          <div
            className="hidden items-center justify-end gap-1 md:col-start-3 md:row-span-2 md:row-start-1
              md:flex"
          >
            {track && (
              <IconButton
                label={text.player.copyMoment}
                data-testid="copy-moment"
                onClick={() => void copyPage(track, player.getClock().position)}
              >
                <Link2 aria-hidden="true" className="size-[1.15rem]" strokeWidth={1.75} />
              </IconButton>
            )}
            <VolumeControl className="w-24 lg:w-28" />
          </div>
        </div>
      </div>
    </section>
  );
}

function Nothing() {
  return (
    <>
      <Artwork url={undefined} className="size-12 rounded-md md:size-14" />
      <div className="min-w-0 py-1">
        <p className="truncate font-medium">{text.player.idle}</p>
        <p className="truncate text-sm text-muted">{text.player.idleHint}</p>
      </div>
    </>
  );
}

function Now({ track }: { track: Track }) {
  const title = titleOf(track);
  const folder = folderOf(track.path);
  const name = nameOf(folder);
  return (
    <>
      <button
        type="button"
        aria-label={text.player.details(title)}
        title={text.player.details(title)}
        data-testid="now-details"
        onClick={() => open({ kind: 'track', track })}
        className="shrink-0 rounded-md"
      >
        <Artwork
          key={track.path}
          url={track.artwork}
          seed={seedOf(track)}
          eager
          className="size-12 animate-appear rounded-md shadow-art md:size-14"
        />
      </button>
      <div className="min-w-0">
        <p className="truncate font-medium" data-testid="now-title">
          {title}
        </p>
        <p className="truncate text-sm text-muted">
          {track.artist && <span data-testid="now-artist">{track.artist}</span>}
          {track.artist && name && ' · '}
          {name && (
            <Link
              to="/"
              search={folder === '/' ? {} : { path: folder }}
              aria-label={text.player.openFolder(name)}
              data-testid="now-folder"
              className="underline-offset-2 hover:text-ink hover:underline"
            >
              {name}
            </Link>
          )}
        </p>
      </div>
    </>
  );
}

function Transport() {
  const player = usePlayer();
  const state = usePlayerState();
  const idle = state.phase === 'idle';
  const on = sounds(state);
  const busy = on && state.phase !== 'playing';
  const Icon = on ? Pause : Play;
  return (
    <div
      className={`items-center justify-center gap-1 md:flex md:gap-3 ${idle ? 'hidden' : 'flex'}`}
    >
      <IconButton
        label={text.player.previous}
        data-testid="previous"
        disabled={idle}
        onClick={() => player.previous()}
      >
        <SkipBack aria-hidden="true" className="size-[1.15rem] fill-current" />
      </IconButton>
      <button
        type="button"
        aria-label={on ? text.player.pause : text.player.play}
        title={on ? text.player.pause : text.player.play}
        aria-busy={busy}
        data-testid="play-pause"
        disabled={idle}
        onClick={() => player.toggle()}
        className="relative grid size-11 place-items-center rounded-full bg-accent text-on-accent
          transition-colors hover:bg-accent-strong disabled:bg-sunken disabled:text-muted"
      >
        <Icon
          aria-hidden="true"
          className={`size-5 fill-current ${on ? '' : 'translate-x-px'}`}
          strokeWidth={1.5}
        />
        {busy && (
          <span
            aria-hidden="true"
            className="absolute -inset-1 animate-spin animate-late rounded-full border-2 border-accent
              border-t-transparent"
          />
        )}
      </button>
      <IconButton
        label={text.player.next}
        data-testid="next"
        disabled={!hasNext(state)}
        onClick={() => player.next()}
      >
        <SkipForward aria-hidden="true" className="size-[1.15rem] fill-current" />
      </IconButton>
    </div>
  );
}

const seekStep = 5;
const seekLeap = 30;

/** Chip names the codec, which is the shortest answer to what one hears. */
function Chip() {
  const { info } = useReport();
  const sound = info && soundOf(info);
  if (sound === undefined) return text.panel.none;
  return (
    <>
      {codecName(sound.codec)}
      <span className="sr-only">{text.panel.open}</span>
    </>
  );
}

interface SeekProps {
  dragged: number | undefined;
  onDrag(to: number | undefined): void;
  children: ReactNode;
}

function Seek({ dragged, onDrag, children }: SeekProps) {
  const player = usePlayer();
  const { position, duration, buffered } = useClock();
  const idle = usePlayerState().phase === 'idle';
  const known = Number.isFinite(duration) && duration > 0;
  const max = known ? duration : 1;
  const at = dragged ?? position;
  return (
    <div
      className={`col-span-2 items-center gap-3 text-xs text-muted tabular-nums md:col-span-1
        md:col-start-2 md:flex ${idle ? 'hidden' : 'flex'}`}
    >
      <span data-testid="elapsed" className="min-w-9 text-right">
        <span className="sr-only">{text.player.elapsed} </span>
        {idle ? clock(Number.NaN) : clock(at)}
      </span>
      <Slider
        className="grow"
        label={text.player.seek}
        testid="seek"
        value={known ? position : 0}
        max={max}
        step={0.01}
        disabled={!known}
        valueText={(v) => text.player.seekValue(spoken(known ? v : Number.NaN), spoken(duration))}
        onDrag={onDrag}
        onCommit={(v) => player.seek(v)}
        onKeyDown={(e) => {
          const by = seekKeys[e.key];
          if (by === undefined) return;
          e.preventDefault();
          player.skip(by);
        }}
      >
        {buffered.map(([from, to]) => (
          <span
            key={from}
            data-testid="buffered"
            className="bg-line-strong/50"
            style={{ left: percent(from, max), width: percent(to - from, max) }}
          />
        ))}
      </Slider>
      <span data-testid="total" className="min-w-9">
        <span className="sr-only">{text.player.total} </span>
        {clock(duration)}
      </span>
      {children}
    </div>
  );
}

const seekKeys: Record<string, number> = {
  ArrowLeft: -seekStep,
  ArrowDown: -seekStep,
  ArrowRight: seekStep,
  ArrowUp: seekStep,
  PageDown: -seekLeap,
  PageUp: seekLeap,
};

/** Trouble says above the bar why nothing is heard, and what can be done about it. */
function Trouble() {
  const player = usePlayer();
  const state = usePlayerState();
  const track = current(state);
  const { phase, failure } = state;
  const failed = phase === 'failed' && failure !== undefined && track !== undefined;
  const fileIsBad = failure?.kind === 'decode' || failure?.kind === 'unsupported';
  return (
    <div role="alert" data-testid="player-trouble">
      {phase === 'retrying' && (
        <p data-testid="player-retrying" className="bg-wash-strong px-4 py-1.5 text-center text-sm">
          {text.player.retrying}
        </p>
      )}
      {failed && (
        <div
          data-testid="player-failure"
          data-kind={failure.kind}
          className="mx-auto flex max-w-7xl flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-2 text-sm
            sm:px-8"
        >
          <TriangleAlert aria-hidden="true" className="size-4 shrink-0 text-danger" />
          <p className="min-w-0 grow basis-40">
            {failure.codec === undefined
              ? text.player.failure[failure.kind]
              : text.player.cannotPlay(failure.codec)}
            {failure.reason && ` ${text.player.serverSays(failure.reason)}`}
            {failure.requestId && (
              <span className="text-xs text-muted">
                {' '}
                {text.folder.requestId} {failure.requestId}
              </span>
            )}
          </p>
          {fileIsBad ? (
            <a
              href={mediaUrl(track.path)}
              download={track.name}
              data-testid="failure-download"
              className="inline-flex h-9 items-center gap-1.5 rounded-full px-3 font-medium text-accent
                hover:bg-sunken"
            >
              <Download aria-hidden="true" className="size-4" />
              {text.track.actionDownload}
            </a>
          ) : (
            <button
              type="button"
              data-testid="try-again"
              onClick={() => player.play()}
              className="inline-flex h-9 items-center gap-1.5 rounded-full px-3 font-medium text-accent
                hover:bg-sunken"
            >
              <RotateCcw aria-hidden="true" className="size-4" />
              {text.player.tryAgain}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
