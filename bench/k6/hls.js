// Listeners of HLS: each opens a song as a player does (master, media playlist, init section), holds two segments
// before it starts, and then fetches the next one whenever one has been played, in real time.
//
//   k6 run -e BASE=http://127.0.0.1:8080 -e DATA=/path/hls.json -e VUS=50 -e DURATION=2m bench/k6/hls.js
import http from 'k6/http';
import exec from 'k6/execution';
import { check, sleep } from 'k6';
import { Counter, Trend } from 'k6/metrics';

const songs = JSON.parse(open(__ENV.DATA));
const base = __ENV.BASE;

const playlistTime = new Trend('segue_hls_playlist', true);
const segmentTime = new Trend('segue_hls_segment', true);
const startTime = new Trend('segue_hls_start', true); // from the master's request to the first sound
const rebuffers = new Counter('rebuffers');

export const options = {
  scenarios: {
    listen: {
      executor: 'constant-vus',
      vus: Number(__ENV.VUS || 20),
      duration: __ENV.DURATION || '20s',
      gracefulStop: '15s', // a listener ends by itself when the time is over
    },
  },
  thresholds: {
    checks: ['rate==1'],
    http_req_failed: ['rate<0.001'],
    rebuffers: ['count==0'],
    segue_hls_playlist: ['p(95)<250'],
    segue_hls_segment: ['p(95)<500'], // of 6 seconds
    segue_hls_start: ['p(95)<2000'],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

const held = 2; // segments in the buffer before the first sound

// resolve does what a player does with a relative address (RFC 3986 5.2).
function resolve(playlist, address) {
  const parts = playlist.split('/').slice(0, -1);
  for (const part of address.split('/')) {
    if (part === '..') {
      parts.pop();
    } else if (part !== '.') {
      parts.push(part);
    }
  }
  return parts.join('/');
}

const relative = (address) => !/^([a-z][a-z0-9+.-]*:|\/)/i.test(address);

// parse takes a playlist apart: addresses with what was said before them.
function parse(text) {
  const found = { first: '', target: 0, init: null, entries: [], variants: [], ended: false };
  let duration = 0;
  let variant = false;
  text.split('\n').forEach((raw, i) => {
    const line = raw.trim();
    if (i === 0) {
      found.first = line;
    } else if (line.startsWith('#EXTINF:')) {
      duration = parseFloat(line.slice('#EXTINF:'.length));
    } else if (line.startsWith('#EXT-X-TARGETDURATION:')) {
      found.target = Number(line.slice('#EXT-X-TARGETDURATION:'.length));
    } else if (line.startsWith('#EXT-X-MAP:')) {
      found.init = (line.match(/URI="([^"]*)"/) || [])[1];
    } else if (line.startsWith('#EXT-X-STREAM-INF:')) {
      variant = true;
    } else if (line === '#EXT-X-ENDLIST') {
      found.ended = true;
    } else if (line !== '' && !line.startsWith('#')) {
      if (variant) {
        found.variants.push(line);
      } else {
        found.entries.push({ address: line, duration });
      }
      variant = false;
    }
  });
  return found;
}

// kept checks how long caches may keep an answer. What a token opened is the listener's own.
function kept(song, res, publicly) {
  const is = res.headers['Cache-Control'] || '';
  return song.signed ? /^private, max-age=\d+$/.test(is) : publicly.test(is);
}

function playlist(song, url) {
  const res = http.get(base + url, { headers: { 'Accept-Encoding': 'gzip' }, tags: { name: 'playlist' } });
  playlistTime.add(res.timings.duration);
  const list = parse(res.body || '');
  const ok = check(res, {
    'a playlist is 200': (r) => r.status === 200,
    'it has the type of playlists': (r) => r.headers['Content-Type'] === 'application/vnd.apple.mpegurl',
    'it is kept for a short time': (r) => kept(song, r, /^public, max-age=\d{1,3}$/),
    'it begins with #EXTM3U': () => list.first === '#EXTM3U',
    'its addresses are relative': () => [...list.variants, ...list.entries.map((e) => e.address), list.init || ''].every(relative),
  });
  return ok ? list : null;
}

const types = { m4s: 'audio/mp4', mp4: 'audio/mp4', mp3: 'audio/mpeg', aac: 'audio/aac' };

function media(song, url, kind) {
  const res = http.get(base + url, { responseType: 'binary', tags: { name: kind } });
  if (kind === 'segment') {
    segmentTime.add(res.timings.duration);
  }
  return check(res, {
    [`${kind} is 200`]: (r) => r.status === 200,
    [`${kind} has its type`]: (r) => r.headers['Content-Type'] === types[url.slice(url.lastIndexOf('.') + 1)],
    [`${kind} is kept and never asked about again`]: (r) => kept(song, r, /^public, max-age=\d{4,}, immutable$/),
    [`${kind} has the length that it says`]: (r) =>
      r.body !== null && r.body.byteLength > 0 && r.headers['Content-Length'] === String(r.body.byteLength),
    [`${kind} has a strong ETag`]: (r) => /^"[^"]+"$/.test(r.headers['Etag'] || ''),
  });
}

const over = () => exec.scenario.progress >= 1;

// until waits for a time, or for the end of the run.
function until(time) {
  for (let left = time - Date.now(); left > 0 && !over(); left = time - Date.now()) {
    sleep(Math.min(left, 500) / 1000);
  }
}

export default function () {
  const song = songs[exec.scenario.iterationInTest % songs.length];
  const asked = Date.now();
  const master = playlist(song, song.url);
  if (master === null || !check(master, { 'a master names a playlist': (m) => m.variants.length > 0 })) {
    sleep(1);
    return;
  }
  const url = resolve(song.url, master.variants[0]);
  const list = playlist(song, url);
  const whole = list !== null && check(list, {
    'a playlist of a file has an end': (l) => l.ended && l.entries.length > 0,
    'no segment is longer than the target': (l) => l.entries.every((e) => e.duration > 0 && Math.round(e.duration) <= l.target),
  });
  if (!whole || (list.init !== null && !media(song, resolve(url, list.init), 'init'))) {
    sleep(1);
    return;
  }

  // Times in milliseconds: ends[i] is where segment i ends in the song, begun when its first sound was heard; both
  // move when the sound stops.
  const ends = [];
  let begun = 0;
  list.entries.every((entry, i) => {
    if (i >= held) {
      until(begun + ends[i - held]);
    }
    if (over()) {
      return false;
    }
    media(song, resolve(url, entry.address), 'segment');
    const now = Date.now();
    ends.push((i > 0 ? ends[i - 1] : 0) + entry.duration * 1000);
    if (i + 1 === Math.min(held, list.entries.length)) {
      begun = now;
      startTime.add(now - asked);
    } else if (i >= held && now > begun + ends[i - 1]) {
      rebuffers.add(1);
      begun = now - ends[i - 1];
    }
    return true;
  });
  until(begun + ends[ends.length - 1]);
}
