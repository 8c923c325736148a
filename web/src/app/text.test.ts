import { expect, it } from 'vitest';
import { text } from './text';

it('counts in the singular and the plural', () => {
  expect(text.folder.trackCount(1)).toBe('1 track');
  expect(text.folder.trackCount(0)).toBe('0 tracks');
  expect(text.folder.trackCount(1234)).toBe('1,234 tracks');
  expect(text.folder.filterCount(1)).toBe('1 match');
});

it('says for each failure what happened and what to try', () => {
  for (const { title, hint } of Object.values(text.failure)) {
    expect(title).not.toMatch(/\.$/);
    expect(hint).toMatch(/\.$/);
  }
});
