import { expect, it } from 'vitest';
import { type Command, commandOf, type Press, type Where } from './keyboard';

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  repeat: false,
  defaultPrevented: false,
  ...more,
});

const all = [' ', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'm', 'n', 'p', '/', '?'];

it.each<[string, Command]>([
  [' ', { do: 'toggle' }],
  ['ArrowLeft', { do: 'skip', seconds: -5 }],
  ['ArrowRight', { do: 'skip', seconds: 5 }],
  ['ArrowUp', { do: 'volume', by: 0.05 }],
  ['ArrowDown', { do: 'volume', by: -0.05 }],
  ['m', { do: 'mute' }],
  ['M', { do: 'mute' }],
  ['n', { do: 'next' }],
  ['p', { do: 'previous' }],
  ['/', { do: 'filter' }],
  ['?', { do: 'help' }],
])('%s is a command on the page', (key, command) => {
  expect(commandOf(press(key), 'page', true)).toEqual(command);
});

it.each<Where>(['field', 'dialog'])('no key is ours in a %s', (where) => {
  for (const key of all) expect(commandOf(press(key), where, true)).toBeUndefined();
});

it('a button keeps Space, a slider its arrows', () => {
  expect(commandOf(press(' '), 'button', true)).toBeUndefined();
  expect(commandOf(press('n'), 'button', true)).toEqual({ do: 'next' });
  expect(commandOf(press('ArrowLeft'), 'slider', true)).toBeUndefined();
  expect(commandOf(press('ArrowUp'), 'slider', true)).toBeUndefined();
  expect(commandOf(press(' '), 'slider', true)).toEqual({ do: 'toggle' });
});

it('without a track the page scrolls as ever', () => {
  for (const key of [' ', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']) {
    expect(commandOf(press(key), 'page', false)).toBeUndefined();
  }
});

it('a key with a modifier, or one that was taken, is not ours', () => {
  for (const more of [
    { ctrlKey: true },
    { altKey: true },
    { metaKey: true },
    { defaultPrevented: true },
  ]) {
    for (const key of all) expect(commandOf(press(key, more), 'page', true)).toBeUndefined();
  }
});

it('a held key repeats arrows, and nothing that toggles', () => {
  expect(commandOf(press('ArrowRight', { repeat: true }), 'page', true)).toBeDefined();
  for (const key of [' ', 'm', 'n', 'p']) {
    expect(commandOf(press(key, { repeat: true }), 'page', true)).toBeUndefined();
  }
});
