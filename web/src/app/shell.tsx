// The frame of every page: header, notices, the player's bar, and the keys that work anywhere.
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Compass, Keyboard, Moon, OctagonAlert, Sun, SunMoon, WifiOff } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useSyncExternalStore } from 'react';
import { Button, buttonClass, IconButton } from '../ui/button';
import { Empty } from '../ui/empty';
import { Toasts } from '../ui/toast';
import { commandOf, whereIs } from './keyboard';
import { Logo } from './logo';
import { close, open, useOverlay } from './overlay';
import { PlayerBar } from './player/bar';
import { current } from './player/machine';
import { useTint } from './player/tint';
import { usePlayer, usePlayerState } from './player/use';
import { text } from './text';
import { following, setTheme, useTheme } from './theme';
import { nameOf, titleOf } from './track';

const Overlays = lazy(() => import('./overlays').then((m) => ({ default: m.Overlays })));

export function Shell() {
  useKeyboard();
  useTitle();
  useFocus();
  const overlay = useOverlay();
  const tint = useTint(current(usePlayerState())?.artwork);
  return (
    <div className="tinted relative isolate flex min-h-dvh flex-col bg-page" style={tint}>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-3 focus:left-3 focus:z-50
          focus:rounded-full focus:bg-accent focus:px-4 focus:py-2 focus:text-on-accent"
      >
        {text.shell.skip}
      </a>
      <header className="mx-auto flex h-14 w-full max-w-7xl items-center gap-1 px-4 sm:h-16 sm:px-8">
        <Link
          to="/"
          search={{}}
          aria-label={text.shell.home}
          data-testid="home"
          className="mr-auto rounded-sm"
        >
          <Logo />
        </Link>
        <IconButton
          label={text.shell.shortcuts}
          data-testid="shortcuts"
          className="pointer-coarse:hidden"
          onClick={() => open({ kind: 'shortcuts' })}
        >
          <Keyboard aria-hidden="true" className="size-[1.15rem]" strokeWidth={1.75} />
        </IconButton>
        <ThemeToggle />
      </header>
      <Offline />
      <main
        id="main"
        tabIndex={-1}
        className="mx-auto w-full max-w-7xl grow px-4 pb-10 outline-none sm:px-8"
      >
        <Outlet />
      </main>
      <div className="sticky bottom-0 z-20">
        <div className="pointer-events-none absolute inset-x-4 bottom-full mb-3">
          <Toasts label={text.shell.notices} dismiss={text.shell.dismiss} />
        </div>
        <PlayerBar />
      </div>
      {overlay && (
        <Suspense>
          <Overlays overlay={overlay} onClose={close} />
        </Suspense>
      )}
    </div>
  );
}

const themeIcons = { system: SunMoon, light: Sun, dark: Moon };

function ThemeToggle() {
  const theme = useTheme();
  const Icon = themeIcons[theme];
  return (
    <IconButton
      label={text.theme[theme]}
      data-testid="theme"
      data-theme-choice={theme}
      onClick={() => setTheme(following[theme])}
    >
      <Icon aria-hidden="true" className="size-[1.15rem]" strokeWidth={1.75} />
    </IconButton>
  );
}

function subscribeOnline(listener: () => void): () => void {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
}

function Offline() {
  const online = useSyncExternalStore(subscribeOnline, () => navigator.onLine);
  return (
    <div role="status">
      {!online && (
        <p
          data-testid="offline"
          className="mx-4 mb-2 flex items-center justify-center gap-2 rounded-md bg-wash-strong px-4
            py-2 text-sm sm:mx-8"
        >
          <WifiOff aria-hidden="true" className="size-4 shrink-0" />
          {text.shell.offline}
        </p>
      )}
    </div>
  );
}

function useKeyboard(): void {
  const player = usePlayer();
  useEffect(() => {
    const onKeyDown = (e: KeyboardEvent) => {
      const loaded = current(player.getState()) !== undefined;
      const command = commandOf(e, whereIs(e.target), loaded);
      if (command === undefined) return;
      if (command.do === 'filter') {
        const field = document.querySelector<HTMLInputElement>('[type="search"]');
        if (field === null) return;
        field.focus();
      }
      e.preventDefault();
      switch (command.do) {
        case 'toggle':
          return player.toggle();
        case 'skip':
          return player.skip(command.seconds);
        case 'volume':
          return player.turn(command.by);
        case 'mute':
          return player.toggleMute();
        case 'next':
          return player.next();
        case 'previous':
          return player.previous();
        case 'help':
          return open({ kind: 'shortcuts' });
      }
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [player]);
}

/** useTitle names in the browser's tab what plays, so that it is found among many; or the page. */
function useTitle(): void {
  const track = current(usePlayerState());
  const folder = useRouterState({ select: (s) => nameOf(s.location.search.path ?? '/') });
  useEffect(() => {
    const words = track ? [titleOf(track), track.artist] : [folder];
    document.title = [...words, text.brand].filter(Boolean).join(' · ');
  }, [track, folder]);
}

/** useFocus gives the focus to the new page when the link that led here went with the old one. */
function useFocus(): void {
  const address = useRouterState({ select: (s) => s.location.href });
  const last = useRef(address);
  useEffect(() => {
    if (last.current === address) return;
    last.current = address;
    if (document.activeElement === document.body) {
      document.getElementById('main')?.focus({ preventScroll: true });
    }
  }, [address]);
}

export function NotFound() {
  return (
    <Empty
      icon={Compass}
      title={text.shell.notFound}
      hint={text.shell.notFoundHint}
      testid="not-found"
    >
      <Link to="/" search={{}} className={buttonClass('primary')}>
        {text.shell.toStart}
      </Link>
    </Empty>
  );
}

export function Crashed() {
  return (
    <Empty
      icon={OctagonAlert}
      title={text.shell.crashed}
      hint={text.shell.crashedHint}
      testid="crashed"
      urgent
    >
      <Button look="primary" onClick={() => location.reload()}>
        {text.shell.reload}
      </Button>
    </Empty>
  );
}
