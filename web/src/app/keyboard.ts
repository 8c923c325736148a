// From a key press to a wish. Pure, so that the rules of what is left alone are tested.

export type Command =
  | { do: 'toggle' }
  | { do: 'skip'; seconds: number }
  | { do: 'volume'; by: number }
  | { do: 'mute' }
  | { do: 'next' }
  | { do: 'previous' }
  | { do: 'filter' }
  | { do: 'help' };

export interface Press {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat: boolean;
  defaultPrevented: boolean;
}

/** Where says what has the focus: a field takes all keys, a slider its arrows, a button Space. */
export type Where = 'page' | 'field' | 'slider' | 'button' | 'dialog';

const skipSeconds = 5;
const volumeStep = 0.05;

/** commandOf gives the wish of a press, or undefined when the key is not ours. */
export function commandOf(press: Press, where: Where, loaded: boolean): Command | undefined {
  if (press.ctrlKey || press.altKey || press.metaKey || press.defaultPrevented) return undefined;
  if (where === 'field' || where === 'dialog') return undefined;
  switch (press.key) {
    case ' ':
      // Without a track Space and the arrows scroll the page as ever.
      return where === 'button' || press.repeat || !loaded ? undefined : { do: 'toggle' };
    case 'ArrowLeft':
    case 'ArrowRight':
      if (where === 'slider' || !loaded) return undefined;
      return { do: 'skip', seconds: press.key === 'ArrowLeft' ? -skipSeconds : skipSeconds };
    case 'ArrowUp':
    case 'ArrowDown':
      if (where === 'slider' || !loaded) return undefined;
      return { do: 'volume', by: press.key === 'ArrowUp' ? volumeStep : -volumeStep };
    case '/':
      return { do: 'filter' };
    case '?':
      return { do: 'help' };
  }
  if (press.repeat) return undefined;
  switch (press.key.toLowerCase()) {
    case 'm':
      return { do: 'mute' };
    case 'n':
      return { do: 'next' };
    case 'p':
      return { do: 'previous' };
    default:
      return undefined;
  }
}

const typed = new Set(['button', 'checkbox', 'color', 'file', 'image', 'radio', 'reset', 'submit']);

/** whereIs sorts the focused element into one of the kinds that commandOf knows. */
export function whereIs(target: EventTarget | null): Where {
  if (!(target instanceof Element)) return 'page';
  if (target.closest('[role="dialog"]')) return 'dialog';
  if (target instanceof HTMLInputElement) {
    if (target.type === 'range') return 'slider';
    return typed.has(target.type) ? 'button' : 'field';
  }
  if (target.closest('textarea, select, [contenteditable]:not([contenteditable="false"])')) {
    return 'field';
  }
  return target.closest('button, summary, [role="button"]') ? 'button' : 'page';
}
