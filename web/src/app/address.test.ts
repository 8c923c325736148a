import { expect, it } from 'vitest';
import { parse, read, stringify } from './address';

it('stays readable, and comes back the same', () => {
  const address = { path: '/Two Rooms/', track: '/Two Rooms/1 & 2 #3.m4a', t: 83 };
  const search = stringify(address);
  expect(search).toBe('?path=/Two%20Rooms/&track=/Two%20Rooms/1%20%26%202%20%233.m4a&t=83');
  expect(read(parse(search))).toEqual(address);
});

it('says nothing of the first folder', () => {
  expect(stringify({})).toBe('');
  expect(stringify({ path: undefined })).toBe('');
  expect(read({ path: '/' })).toEqual({});
});

it('drops what is not an address', () => {
  expect(read({ path: 'album', track: '/album/', t: 'soon' })).toEqual({});
  expect(read({ path: '/album', t: '-3' })).toEqual({ path: '/album/' });
});
