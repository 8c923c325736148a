import { createContext, useContext, useSyncExternalStore } from 'react';
import type { State } from './machine';
import type { Clock, Player } from './player';
import type { Report } from './report';
import type { Loudness } from './volume';

export const PlayerContext = createContext<Player | undefined>(undefined);

export function usePlayer(): Player {
  const player = useContext(PlayerContext);
  if (player === undefined) throw new Error('BUG: no player above this component');
  return player;
}

export function usePlayerState(): State {
  const player = usePlayer();
  return useSyncExternalStore(player.subscribe, player.getState);
}

/** useClock follows the position, some times a second: for small components only. */
export function useClock(): Clock {
  const player = usePlayer();
  return useSyncExternalStore(player.subscribe, player.getClock);
}

export function useLoudness(): Loudness {
  const player = usePlayer();
  return useSyncExternalStore(player.subscribe, player.getLoudness);
}

export function useReport(): Report {
  const player = usePlayer();
  return useSyncExternalStore(player.subscribe, player.getReport);
}
