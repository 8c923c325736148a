// The folder page: what is in a folder of the server, and the way to play it.
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import {
  CloudOff,
  FolderOpen,
  ListFilter,
  LockKeyhole,
  Pause,
  Play,
  SearchX,
  ServerCrash,
} from 'lucide-react';
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { Failure, FolderEntry, Track } from '../app/api';
import { failureOf } from '../app/api';
import { size } from '../app/format';
import { current, sounds } from '../app/player/machine';
import { canPlay } from '../app/player/playable';
import { useTint } from '../app/player/tint';
import { usePlayer, usePlayerState } from '../app/player/use';
import { useConfig } from '../app/settings';
import { text } from '../app/text';
import { nameOf } from '../app/track';
import { Artwork } from '../ui/artwork';
import { Button, buttonClass } from '../ui/button';
import { Empty } from '../ui/empty';
import { SearchField } from '../ui/field';
import { Skeleton } from '../ui/skeleton';
import { Crumbs } from './crumbs';
import { type Facts, factsOf } from './facts';
import { folderMatches, matcher, trackMatches } from './filter';
import { Folders } from './folders';
import { useFolder } from './queries';
import { Tracks } from './tracks';

const route = getRouteApi('/');

export function FolderPage() {
  const { path = '/' } = route.useSearch();
  const config = useConfig();
  const root = config?.name ?? '';
  return (
    <>
      <Crumbs path={path} root={root} />
      {/* A new folder is a new view: its filter starts empty and its rows from the top. */}
      <View key={path} path={path} name={nameOf(path) || root} signing={config?.signing ?? false} />
    </>
  );
}

interface ViewProps {
  path: string;
  name: string;
  signing: boolean;
}

const none: readonly Track[] = [];

function View({ path, name, signing }: ViewProps) {
  const query = useFolder(path);
  const player = usePlayer();
  const state = usePlayerState();
  const [filter, setFilter] = useState('');
  const shownFilter = useDeferredValue(filter.trim());

  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  const tracks = useMemo(() => data?.pages.flatMap((p) => p.tracks) ?? none, [data]);
  const folders = useMemo(() => data?.pages.flatMap((p) => p.folders) ?? [], [data]);
  const playable = useMemo(() => tracks.filter((t) => canPlay(t.type)), [tracks]);
  const facts = useMemo(() => factsOf(tracks), [tracks]);
  const next = data?.pages.at(-1)?.next;

  const shown = useMemo(() => {
    const match = matcher(shownFilter);
    return {
      tracks: tracks.filter((t) => trackMatches(match, t)),
      folders: folders.filter((f) => folderMatches(match, f)),
    };
  }, [shownFilter, tracks, folders]);

  const cued = useSharedTrack(path, playable, next);

  // A filter over half a folder would say "nothing" wrongly; a shared track may be further down.
  const wantsAll = shownFilter !== '' || cued === 'looking';
  const canGoOn = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
  useEffect(() => {
    if (wantsAll && canGoOn) void fetchNextPage();
  }, [wantsAll, canGoOn, fetchNextPage]);

  useEffect(() => player.extendQueue(path, playable, next), [player, path, playable, next]);

  const forgetShared = useForgetShared();
  const onPlay = useCallback(
    (track: Track) => {
      if (current(player.getState())?.path === track.path) {
        player.toggle();
        return;
      }
      const index = playable.findIndex((t) => t.path === track.path);
      player.choose({ folder: path, tracks: playable, next }, index);
      forgetShared();
    },
    [player, playable, path, next, forgetShared],
  );

  if (query.isPending) return <Loading name={name} />;
  if (data === undefined) {
    return <Failed failure={failureOf(query.error)} retry={() => void query.refetch()} />;
  }
  if (tracks.length === 0 && folders.length === 0) {
    return <EmptyFolder path={path} root={name} again={() => void query.refetch()} />;
  }

  const currentTrack = current(state);
  const here = currentTrack !== undefined && playable.some((t) => t.path === currentTrack.path);
  return (
    <>
      <Hero
        name={name}
        facts={facts}
        trackCount={tracks.length}
        more={hasNextPage}
        folders={folders}
        playing={here && sounds(state)}
        onPlay={
          playable[0] === undefined
            ? undefined
            : () => {
                const target = here ? currentTrack : playable[0];
                if (target) onPlay(target);
              }
        }
      />
      <div
        className="sticky top-0 z-10 -mx-4 mb-4 flex items-center bg-page/95 px-4 py-2
          backdrop-blur-sm sm:-mx-8 sm:px-8"
      >
        <div className="w-full sm:max-w-88">
          <SearchField
            label={text.folder.filter}
            hint={text.folder.filterHint}
            clear={text.folder.clearFilter}
            value={filter}
            onChange={setFilter}
            testid="filter"
          />
        </div>
        <p
          role="status"
          data-testid="filter-status"
          className="shrink-0 text-sm text-muted not-empty:ml-3"
        >
          {shownFilter === ''
            ? ''
            : hasNextPage
              ? text.folder.filterLoading(tracks.length)
              : text.folder.filterCount(shown.tracks.length + shown.folders.length)}
        </p>
      </div>
      <Folders folders={shown.folders} />
      {shown.tracks.length > 0 && (
        <Tracks
          tracks={shown.tracks}
          facts={facts}
          signing={signing}
          currentPath={currentTrack?.path}
          sounding={sounds(state)}
          placeOf={(p) => player.placeOf(p)}
          onPlay={onPlay}
        />
      )}
      {shownFilter !== '' && !hasNextPage && shown.tracks.length + shown.folders.length === 0 && (
        <Empty
          icon={SearchX}
          title={text.folder.filterNone(shownFilter)}
          hint={text.folder.filterNoneHint}
          testid="filter-none"
          part
        >
          <Button onClick={() => setFilter('')}>{text.folder.clearFilter}</Button>
        </Empty>
      )}
      {hasNextPage && (
        <More
          busy={isFetchingNextPage}
          failure={isFetchNextPageError ? failureOf(query.error) : undefined}
          onMore={() => void fetchNextPage()}
        />
      )}
    </>
  );
}

/**
 * useSharedTrack makes the track of a shared address ready in the player, once, and scrolls to
 * it. It says "looking" while the track has not come with any page yet.
 */
function useSharedTrack(
  folder: string,
  playable: readonly Track[],
  next: string | undefined,
): 'looking' | 'done' {
  const { track, t } = route.useSearch();
  const player = usePlayer();
  const done = useRef(false);
  const index = track === undefined ? -1 : playable.findIndex((p) => p.path === track);
  useEffect(() => {
    if (done.current || index < 0 || track === undefined) return;
    done.current = true;
    // Coming back to this address by the browser's history must not stop what plays.
    if (current(player.getState()) !== undefined) return;
    player.cue({ folder, tracks: playable, next }, index, t);
    document
      .querySelector(`[data-path="${CSS.escape(track)}"]`)
      ?.scrollIntoView({ block: 'center' });
  }, [index, track, t, player, folder, playable, next]);
  return track !== undefined && index < 0 ? 'looking' : 'done';
}

/** useForgetShared takes the shared track out of the address once another one is chosen. */
function useForgetShared(): () => void {
  const { path, track } = route.useSearch();
  const navigate = useNavigate();
  return useCallback(() => {
    if (track === undefined) return;
    void navigate({ to: '/', search: path ? { path } : {}, replace: true, resetScroll: false });
  }, [navigate, path, track]);
}

interface HeroProps {
  name: string;
  facts: Facts;
  trackCount: number;
  more: boolean;
  folders: readonly FolderEntry[];
  playing: boolean;
  onPlay: (() => void) | undefined;
}

function Hero({ name, facts, trackCount, more, folders, playing, onPlay }: HeroProps) {
  const tint = useTint(facts.covers[0]?.url);
  const counts = [
    trackCount > 0 && (more ? text.folder.trackCountMore : text.folder.trackCount)(trackCount),
    folders.length > 0 && text.folder.folderCount(folders.length),
    trackCount > 0 && !more && size(facts.bytes),
  ].filter(Boolean);
  const byline = [facts.artist, facts.years && facts.album ? facts.years[0] : undefined].filter(
    Boolean,
  );
  return (
    <div className="tinted my-3 flex items-center gap-4 sm:my-5 sm:gap-7" style={tint}>
      <div
        aria-hidden="true"
        className="absolute inset-x-0 top-0 -z-10 h-56 animate-appear bg-linear-to-b from-wash
          to-page sm:h-80"
      />
      <Cover facts={facts} />
      <div className="min-w-0 grow">
        <h1
          data-testid="folder-name"
          className="text-title font-semibold tracking-tight wrap-anywhere"
        >
          {name}
        </h1>
        {byline.length > 0 && <p className="mt-1 text-base">{byline.join(' · ')}</p>}
        <p className="mt-1 text-sm text-muted tabular-nums" data-testid="folder-facts">
          {counts.join(' · ')}
        </p>
        {onPlay && (
          <Button
            look="primary"
            className="mt-3 sm:mt-5"
            data-testid="play-folder"
            aria-label={playing ? text.player.pause : text.folder.playFolder(name)}
            onClick={onPlay}
          >
            {playing ? (
              <Pause aria-hidden="true" className="size-4 fill-current" />
            ) : (
              <Play aria-hidden="true" className="size-4 fill-current" />
            )}
            {playing ? text.player.pause : text.folder.play}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Cover is the folder's picture: its album's, or up to four of what lies in it. */
function Cover({ facts }: { facts: Facts }) {
  const box = 'size-26 shrink-0 rounded-lg shadow-art sm:size-44';
  const { covers } = facts;
  if (covers.length < 4) {
    return <Artwork url={covers[0]?.url} eager className={box} />;
  }
  return (
    <div className={`${box} grid grid-cols-2 overflow-hidden`}>
      {covers.map((c) => (
        <Artwork key={c.seed} url={c.url} seed={c.seed} eager className="size-full" />
      ))}
    </div>
  );
}

/** More loads the next page when its button comes near, or when it is pressed. */
function More(p: { busy: boolean; failure: Failure | undefined; onMore(): void }) {
  const ref = useRef<HTMLDivElement>(null);
  const { busy, failure, onMore } = p;
  const latest = useRef(onMore);
  latest.current = onMore;
  const idle = !busy && failure === undefined;
  useEffect(() => {
    const box = ref.current;
    if (box === null || !idle) return;
    const observer = new IntersectionObserver(
      (entries) => entries.some((e) => e.isIntersecting) && latest.current(),
      { rootMargin: '800px' },
    );
    observer.observe(box);
    return () => observer.disconnect();
  }, [idle]);
  return (
    <div ref={ref} className="flex flex-col items-center gap-3 py-6">
      {failure && (
        <p role="alert" className="text-sm text-muted">
          {text.folder.moreFailed} {text.failure[failure.kind].title}.
        </p>
      )}
      <Button data-testid="load-more" disabled={busy} onClick={onMore}>
        {busy ? text.folder.loadingMore : text.folder.more}
      </Button>
    </div>
  );
}

const rows = Array.from({ length: 8 }, (_, i) => i);

/** Loading has the measures of a loaded page, so that nothing jumps when it comes. */
function Loading({ name }: { name: string }) {
  return (
    <div
      role="status"
      aria-label={text.folder.loading}
      data-testid="loading"
      className="animate-late"
    >
      <div className="my-3 flex items-center gap-4 sm:my-5 sm:gap-7">
        <Skeleton className="size-26 shrink-0 rounded-lg! sm:size-44" />
        <div className="grow">
          <h1 className="text-title font-semibold tracking-tight wrap-anywhere">
            {name || text.brand}
          </h1>
          <Skeleton className="mt-2 h-4 w-2/5 max-w-48" />
          <Skeleton className="mt-4 h-10 w-24 rounded-full! sm:mt-6" />
        </div>
      </div>
      <div className="mb-4 py-2">
        <Skeleton className="h-10 rounded-full! sm:max-w-88" />
      </div>
      {rows.map((i) => (
        <div key={i} className="flex h-15 items-center gap-3 lg:h-13">
          <Skeleton className="size-11 shrink-0 rounded-sm! lg:size-10" />
          <div className="grow">
            <Skeleton className="h-3.5 w-1/2 max-w-64" />
            <Skeleton className="mt-2 h-3 w-1/3 max-w-40" />
          </div>
        </div>
      ))}
    </div>
  );
}

function EmptyFolder({ path, root, again }: { path: string; root: string; again(): void }) {
  const where = path === '/' ? `${root}/` : path;
  return (
    <Empty
      icon={FolderOpen}
      title={path === '/' ? text.folder.emptyRoot : text.folder.empty}
      hint={text.folder.emptyHint}
      note={text.folder.emptyFormats}
      testid="empty"
    >
      <code className="flex min-h-10 items-center rounded-full bg-sunken px-4 font-mono text-sm break-all">
        {where}
      </code>
      <Button data-testid="look-again" onClick={again}>
        {text.folder.again}
      </Button>
    </Empty>
  );
}

function Failed({ failure, retry }: { failure: Failure; retry(): void }) {
  if (failure.status === 403) {
    return (
      <Empty
        icon={LockKeyhole}
        title={text.folder.signedOnly}
        hint={text.folder.signedOnlyHint}
        testid="signed-only"
      />
    );
  }
  const { title, hint } = text.failure[failure.kind];
  const icon =
    failure.kind === 'missing'
      ? SearchX
      : failure.kind === 'offline' || failure.kind === 'unreachable'
        ? CloudOff
        : failure.kind === 'invalid'
          ? ListFilter
          : ServerCrash;
  const note = failure.requestId && (
    <>
      {text.folder.requestId} <code className="font-mono select-all">{failure.requestId}</code>
    </>
  );
  return (
    <Empty icon={icon} title={title} hint={hint} note={note} testid="failed" urgent>
      <Button look="primary" data-testid="retry" onClick={retry}>
        {text.folder.retry}
      </Button>
      <UpLink />
    </Empty>
  );
}

function UpLink() {
  const { path } = route.useSearch();
  const navigate = useNavigate();
  if (path === undefined) return null;
  return (
    <button
      type="button"
      className={buttonClass('plain')}
      onClick={() => void navigate({ to: '/', search: {} })}
    >
      {text.folder.up}
    </button>
  );
}
