// Light, dark, or as the system says. The same choice is read before the first paint by
// public/theme.js; keep the key and the attribute equal in both.
import { useSyncExternalStore } from 'react';
import { recall, remember } from './storage';

export type Theme = 'system' | 'light' | 'dark';

const key = 'segue.theme';
const listeners = new Set<() => void>();

const read = (): Theme => {
  const chosen = document.documentElement.dataset.theme;
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
};

export function setTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  remember(key, theme === 'system' ? undefined : theme);
  for (const listener of listeners) listener();
}

export const following: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  // Another tab of the same server changed it.
  const onStorage = (e: StorageEvent) => {
    if (e.key !== key) return;
    const next = recall(key);
    if (next === 'light' || next === 'dark') document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    listener();
  };
  window.addEventListener('storage', onStorage);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', onStorage);
  };
};

export const useTheme = (): Theme => useSyncExternalStore(subscribe, read);
