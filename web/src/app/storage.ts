// The browser's storage, which may be forbidden: reading window.localStorage itself can throw.

export function storage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}

export function recall(key: string): string | null {
  try {
    return storage()?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

/** remember stores a value, or forgets the key when there is none; it never throws. */
export function remember(key: string, value: string | undefined): void {
  try {
    if (value === undefined) storage()?.removeItem(key);
    else storage()?.setItem(key, value);
  } catch {
    // Full or forbidden: the setting then lasts as long as the page.
  }
}
