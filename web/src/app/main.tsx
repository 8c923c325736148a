import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { folder, unwrap } from './api';
import { browserOf } from './player/browser';
import { Deck } from './player/deck';
import { Places } from './player/places';
import { canPlay } from './player/playable';
import { Player } from './player/player';
import { PlayerContext } from './player/use';
import { loudnessKey, readLoudness } from './player/volume';
import { queryClient } from './queries';
import { router } from './router';
import { configQuery } from './settings';
import { recall, remember, storage } from './storage';
import './styles.css';

// In the document, though it shows nothing: a test, an extension or a person in the console
// finds the sound there.
const audio = document.createElement('audio');
audio.dataset.testid = 'audio';
audio.preload = 'metadata';
document.body.append(audio);

const deck = new Deck({
  audio,
  browser: browserOf(audio),
  // Where the server does not say, HLS is tried: its own answer is then the best there is.
  enabled: () =>
    queryClient.fetchQuery(configQuery).then(
      (c) => c.hls !== false,
      () => true,
    ),
  engine: () => import('./player/hls').then((m) => m.open),
});

const player = new Player({
  audio,
  deck,
  places: new Places(storage()),
  loudness: readLoudness(recall(loudnessKey)),
  rememberLoudness: (l) => remember(loudnessKey, JSON.stringify(l)),
  session: 'mediaSession' in navigator ? navigator.mediaSession : undefined,
  origin: location.origin,
  more: async (path, after) => {
    const { tracks, next } = unwrap(await folder(path, after));
    return { tracks: tracks.filter((t) => canPlay(t.type)), next };
  },
});

// pagehide comes on closing and on leaving; a phone may freeze the page with only the other.
window.addEventListener('pagehide', () => player.savePlace());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') player.savePlace();
});

const root = document.getElementById('root');
if (root === null) throw new Error('BUG: index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <PlayerContext value={player}>
        <RouterProvider router={router} />
      </PlayerContext>
    </QueryClientProvider>
  </StrictMode>,
);
