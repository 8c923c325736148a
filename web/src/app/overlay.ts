// Which dialog is open. At most one is; its code loads when it is first opened.
import { useSyncExternalStore } from 'react';
import type { Track } from './api';

export type Overlay =
  | { kind: 'track'; track: Track; play?: () => void }
  | { kind: 'address'; url: string }
  | { kind: 'shortcuts' };

let shown: Overlay | undefined;
const listeners = new Set<() => void>();

const set = (overlay: Overlay | undefined) => {
  shown = overlay;
  for (const listener of listeners) listener();
};

export const open = (overlay: Overlay): void => set(overlay);
export const close = (): void => set(undefined);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useOverlay = (): Overlay | undefined => useSyncExternalStore(subscribe, () => shown);
