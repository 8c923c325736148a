// Listeners with a token, and some without a good one. The edge must run with --require-token.
//
//   k6 run -e BASE=http://127.0.0.1:8080 -e DATA=/path/signed.json bench/k6/signed.js
import http from 'k6/http';
import exec from 'k6/execution';
import { check, group } from 'k6';
import { Trend } from 'k6/metrics';
import { forIteration } from './random.js';

const objects = JSON.parse(open(__ENV.DATA));
const base = __ENV.BASE;
const seed = Number(__ENV.SEED || 20260101);

const served = new Trend('segue_signed', true);
const refused = new Trend('segue_refused', true);

export const options = {
  scenarios: {
    listen: {
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
    segue_signed: ['p(95)<250'],
    segue_refused: ['p(95)<150'],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

http.setResponseCallback(http.expectedStatuses(200, 206, 403));

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

// alter changes one letter of the token to another one of the alphabet; the last one too, whose spare bits a
// careless decoder ignores.
function alter(url, random) {
  const from = url.indexOf('token=') + 'token='.length;
  const to = url.indexOf('&', from);
  const at = from + random(to - from);
  const now = alphabet.indexOf(url[at]);
  return url.slice(0, at) + alphabet[(now + 1 + random(63)) % 64] + url.slice(at + 1);
}

// refuse expects 403 and nothing of the file.
function refuse(what, url) {
  const res = http.get(base + url, { tags: { name: 'refused' } });
  refused.add(res.timings.duration);
  check(res, {
    [`${what} gets 403`]: (r) => r.status === 403,
    'a refusal is short': (r) => (r.body || '').length < 4096,
    'a refusal is not kept by caches': (r) => /no-store|private/.test(r.headers['Cache-Control'] || ''),
  });
}

export default function () {
  const n = exec.scenario.iterationInTest;
  const random = forIteration(seed, n);
  const object = objects[random(objects.length)];
  switch (n % 8) {
    case 0:
      group('altered', () => refuse('an altered token', alter(object.url, random)));
      break;
    case 1:
      group('expired', () => refuse('an expired token', object.expired));
      break;
    case 2:
      group('unsigned', () => refuse('no token', object.url.split('?')[0]));
      break;
    case 3:
      group('elsewhere', () => {
        // The token of this file on the path of the next one.
        const other = objects[(objects.indexOf(object) + 1) % objects.length];
        refuse('a token of another file', other.url.split('?')[0] + '?' + object.url.split('?')[1]);
      });
      break;
    case 4:
      group('range', () => {
        const res = http.get(base + object.url, { headers: { Range: 'bytes=100-299' }, responseType: 'binary', tags: { name: 'signed range' } });
        served.add(res.timings.duration);
        check(res, {
          'a signed range is 206': (r) => r.status === 206,
          'and has its bytes': (r) => r.body.byteLength === 200 && r.headers['Content-Range'] === `bytes 100-299/${object.size}`,
        });
      });
      break;
    default:
      group('whole', () => {
        const res = http.get(base + object.url, { responseType: 'binary', tags: { name: 'signed' } });
        served.add(res.timings.duration);
        check(res, {
          'a good token gets 200': (r) => r.status === 200,
          'and the whole file': (r) => r.body.byteLength === object.size,
        });
      });
  }
}
