import { expect, it } from 'vitest';
import { albumBody, hasPicture, mediaBody, soundOf } from './info';

const rendition = {
  name: 'aac',
  uri: 'aac/index.m3u8',
  kind: 'audio',
  codec: 'aac',
  codecs: 'mp4a.40.2',
  segment_format: 'fmp4',
  sample_rate: 44100,
  channels: 2,
  delay: 1024,
  padding: 300,
  gapless: 'elst',
  segments: 3,
  bandwidth: 130000,
  average_bandwidth: 128000,
};

it('reads what a file holds, with what is absent as undefined', () => {
  const info = mediaBody(
    { version: 'v', format: 'mp4', duration: 14, renditions: [rendition] },
    '',
  );
  expect(info).toMatchObject({ notes: [], loudness: undefined });
  expect(soundOf(info)).toMatchObject({
    sampleRate: 44100,
    averageBandwidth: 128000,
    bits: undefined,
  });
  expect(hasPicture(info)).toBe(false);
});

it('reads loudness and notes, and takes an empty source of gapless data for none', () => {
  const body = {
    version: 'v',
    duration: 14,
    loudness: { track_gain: -7.2, track_peak: 0.98 },
    renditions: [{ ...rendition, gapless: '', kind: 'video' }, rendition],
    notes: ['odd'],
  };
  const info = mediaBody(body, '');
  expect(info.loudness).toEqual({
    trackGain: -7.2,
    trackPeak: 0.98,
    albumGain: undefined,
    albumPeak: undefined,
  });
  expect(info.notes).toEqual(['odd']);
  expect(info.renditions[0]?.gapless).toBeUndefined();
  expect(hasPicture(info)).toBe(true);
});

it('places the tracks of an album by their music alone', () => {
  const track = { path: '/a/1.m4a', codec: 'aac', start: 0, duration: 10, segments: 2 };
  const album = albumBody(
    {
      version: 'v',
      duration: 20.2,
      tracks: [track, { ...track, path: '/a/2.m4a', start: 10.1 }],
      renditions: [{ codecs: 'mp4a.40.2' }],
    },
    '',
  );
  expect(album.duration).toBe(20);
  expect(album.tracks.map((t) => t.start)).toEqual([0, 10]);
  expect(album.tracks.map((t) => t.raw.toFixed(3))).toEqual(['10.100', '10.100']);
  expect(album.codecs).toEqual(['mp4a.40.2']);
});
