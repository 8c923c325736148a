// Listeners who seek: ranges in every form, all of them checked to the byte count.
//
//   k6 run -e BASE=http://127.0.0.1:8080 -e DATA=/path/ranges.json bench/k6/ranges.js
import http from 'k6/http';
import exec from 'k6/execution';
import { check, group } from 'k6';
import { Trend } from 'k6/metrics';
import { forIteration } from './random.js';

const objects = JSON.parse(open(__ENV.DATA));
const base = __ENV.BASE;
const seed = Number(__ENV.SEED || 20260101);

const trends = {
  closed: new Trend('segue_closed_range', true),
  open: new Trend('segue_open_range', true),
  suffix: new Trend('segue_suffix_range', true),
  beyond: new Trend('segue_range_beyond_the_end', true),
};

export const options = {
  scenarios: {
    seek: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 100),
      timeUnit: '1s',
      duration: __ENV.DURATION || '10s',
      preAllocatedVUs: 20,
      maxVUs: 200,
    },
  },
  thresholds: {
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    dropped_iterations: ['count<20'],
    segue_closed_range: ['p(95)<250'],
    segue_open_range: ['p(95)<250'],
    segue_suffix_range: ['p(95)<250'],
    segue_range_beyond_the_end: ['p(95)<250'],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

http.setResponseCallback(http.expectedStatuses(206, 416));

// ask sends one Range and expects the bytes from..to of the object.
function ask(kind, object, range, from, to) {
  const res = http.get(base + object.url, { headers: { Range: range }, responseType: 'binary', tags: { name: kind } });
  trends[kind].add(res.timings.duration);
  check(res, {
    'status is 206': (r) => r.status === 206,
    'Content-Range names the bytes': (r) => r.headers['Content-Range'] === `bytes ${from}-${to}/${object.size}`,
    'body has that length': (r) => r.body !== null && r.body.byteLength === to - from + 1,
    'Content-Length agrees': (r) => r.headers['Content-Length'] === String(to - from + 1),
    'there is a strong ETag': (r) => /^"[^"]+"$/.test(r.headers['Etag'] || ''),
  });
}

export default function () {
  const n = exec.scenario.iterationInTest;
  const random = forIteration(seed, n);
  const object = objects[random(objects.length)];
  const last = object.size - 1;
  const from = random(object.size);
  switch (n % 8) {
    case 0:
      group('open', () => ask('open', object, `bytes=${from}-`, from, last));
      break;
    case 1: {
      const length = 1 + random(object.size);
      group('suffix', () => ask('suffix', object, `bytes=-${length}`, object.size - length, last));
      break;
    }
    case 2:
      group('beyond', () => {
        const res = http.get(base + object.url, { headers: { Range: `bytes=${object.size}-` }, tags: { name: 'beyond' } });
        trends.beyond.add(res.timings.duration);
        check(res, {
          'a range beyond the end is 416': (r) => r.status === 416,
          '416 tells the size': (r) => r.headers['Content-Range'] === `bytes */${object.size}`,
        });
      });
      break;
    default: {
      const to = Math.min(last, from + random(64 * 1024));
      group('closed', () => ask('closed', object, `bytes=${from}-${to}`, from, to));
    }
  }
}
