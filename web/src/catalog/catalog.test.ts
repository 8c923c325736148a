import { describe, expect, it } from 'vitest';
import type { Track } from '../app/api';
import { crumbsOf } from './crumbs';
import { factsOf } from './facts';
import { matcher, trackMatches } from './filter';

const track = (more: Partial<Track>): Track => ({
  path: '/a/01.flac',
  name: '01.flac',
  size: 10,
  modified: new Date(0),
  type: 'audio/flac',
  title: undefined,
  artist: undefined,
  album: undefined,
  track: undefined,
  year: undefined,
  artwork: undefined,
  ...more,
});

describe('the filter', () => {
  const t = track({ title: 'The Long Pier', artist: 'Inês Carvalho', album: 'Harbour' });
  it.each(['', 'pier', 'PIER long', 'ines', 'carvalho harbour', '01.fl'])('finds "%s"', (q) => {
    expect(trackMatches(matcher(q), t)).toBe(true);
  });
  it.each(['piers', 'pier mountain'])('does not find "%s"', (q) => {
    expect(trackMatches(matcher(q), t)).toBe(false);
  });
});

describe('the breadcrumb', () => {
  it('leads from the first folder down', () => {
    expect(crumbsOf('/', 'music')).toEqual([{ name: 'music', path: '/' }]);
    expect(crumbsOf('/a/b c/', 'music')).toEqual([
      { name: 'music', path: '/' },
      { name: 'a', path: '/a/' },
      { name: 'b c', path: '/a/b c/' },
    ]);
  });
});

describe('what tracks have in common', () => {
  it('is said once for an album', () => {
    const facts = factsOf([
      track({ album: 'A', artist: 'X', year: 2020, artwork: '/1' }),
      track({ album: 'A', artist: 'X', year: 2020, artwork: '/2' }),
    ]);
    expect(facts).toMatchObject({ album: 'A', artist: 'X', years: [2020, 2020], bytes: 20 });
    expect(facts.covers).toEqual([{ seed: 'A', url: '/1' }]);
    expect(facts.showAlbum).toBe(false);
    expect(facts.showYear).toBe(false);
  });

  it('is little for a mixed folder', () => {
    const facts = factsOf([
      track({ album: 'A', year: 2020, artwork: '/1' }),
      track({ album: 'B', year: 1999, artwork: '/2' }),
      track({}),
    ]);
    expect(facts.album).toBeUndefined();
    expect(facts.years).toEqual([1999, 2020]);
    expect(facts.covers).toHaveLength(2);
    expect(facts.showAlbum && facts.showYear).toBe(true);
  });
});
