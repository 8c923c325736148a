import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, config, failureOf, folder, link, mediaUrl, probe, unwrap } from './api';

const track = {
  path: '/sub/01.flac',
  name: '01.flac',
  size: 1234567,
  modified: '2026-11-24T07:00:00Z',
  type: 'audio/flac',
  title: 'One',
  artwork: '/api/v1/artwork?path=%2Fsub%2F01.flac&v=abc',
};
const page = {
  path: '/sub/',
  name: 'sub',
  folders: [{ name: 'Album', path: '/sub/Album/' }],
  tracks: [track],
};

const fetched = vi.fn<typeof fetch>();
const answer = (body: unknown, init: ResponseInit = {}) =>
  fetched.mockResolvedValue(
    new Response(typeof body === 'string' ? body : JSON.stringify(body), init),
  );

beforeEach(() => {
  fetched.mockReset();
  vi.stubGlobal('fetch', fetched);
  vi.stubGlobal('navigator', { onLine: true });
});
afterEach(() => vi.unstubAllGlobals());

describe('a good answer', () => {
  it('is read, with its times as dates and its absent tags as undefined', async () => {
    answer(page);
    const got = unwrap(await folder('/sub/', undefined));
    expect(got.tracks[0]).toMatchObject({ title: 'One', artist: undefined });
    expect(got.tracks[0]?.modified).toEqual(new Date('2026-11-24T07:00:00Z'));
    expect(got.next).toBeUndefined();
    expect(fetched.mock.calls[0]?.[0]).toBe('/api/v1/folder?path=%2Fsub%2F');
  });

  it('may say more than is known here', async () => {
    answer({ version: '9', name: 'music', signing: true, require_token: false, later: [1] });
    expect(unwrap(await config())).toEqual({
      version: '9',
      name: 'music',
      signing: true,
      require_token: false,
    });
  });

  it('passes the cursor and the life of a link on', async () => {
    answer({ ...page, next: 'c2' });
    expect(unwrap(await folder('/', 'c1')).next).toBe('c2');
    expect(fetched.mock.calls[0]?.[0]).toBe('/api/v1/folder?path=%2F&after=c1');
    answer({ url: '/a.flac?token=t&expires=9', expires: 9 });
    await link('/a.flac', 86400);
    expect(fetched.mock.calls[1]?.[0]).toBe('/api/v1/links?path=%2Fa.flac&expires_in=86400');
  });
});

describe('an answer that is not as promised', () => {
  it.each([
    ['no list', { ...page, tracks: null }, 'tracks: want a list'],
    [
      'a wrong size',
      { ...page, tracks: [{ ...track, size: '1' }] },
      'tracks[0].size: want a number',
    ],
    ['a wrong time', { ...page, tracks: [{ ...track, modified: 'x' }] }, 'tracks[0].modified'],
    ['another host', { ...page, tracks: [{ ...track, artwork: '//evil.example/x' }] }, 'artwork'],
    ['a script', { ...page, tracks: [{ ...track, path: 'javascript:alert(1)' }] }, 'path'],
    ['not JSON', '<html>', 'SyntaxError'],
    ['a bare list', [], 'want an object'],
  ])('is malformed: %s', async (_, body, place) => {
    answer(body, { headers: { 'X-Request-Id': 'r9' } });
    const got = await folder('/', undefined);
    expect(got).toMatchObject({ ok: false, failure: { kind: 'malformed', requestId: 'r9' } });
    expect(got.ok ? '' : got.failure.cause).toContain(place);
  });
});

describe('a problem', () => {
  it.each([
    [400, 'invalid'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'missing'],
    [429, 'busy'],
    [500, 'server'],
    [502, 'server'],
    [503, 'busy'],
  ])('of status %i is %s, with its code and request id', async (status, kind) => {
    answer({ type: 'about:blank', title: 'T', status, code: 'c', request_id: 'r1' }, { status });
    const got = await folder('/', undefined);
    expect(got).toEqual({ ok: false, failure: { kind, status, code: 'c', requestId: 'r1' } });
  });

  it('may come from a proxy that speaks HTML', async () => {
    answer('<h1>Bad Gateway</h1>', { status: 502 });
    expect(await config()).toEqual({ ok: false, failure: { kind: 'server', status: 502 } });
  });
});

describe('no answer', () => {
  it('is unreachable, or offline when the browser knows so', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'));
    expect(await config()).toMatchObject({ ok: false, failure: { kind: 'unreachable' } });
    vi.stubGlobal('navigator', { onLine: false });
    expect(await config()).toMatchObject({ ok: false, failure: { kind: 'offline' } });
  });

  it('throws an abort on, and hands the signal to fetch', async () => {
    const controller = new AbortController();
    fetched.mockImplementation(async (_, init) => {
      controller.abort();
      throw init?.signal?.reason;
    });
    await expect(folder('/', undefined, controller.signal)).rejects.toThrow(/abort/i);
  });
});

describe('failures', () => {
  it('travel as errors and come back the same', () => {
    const failure = { kind: 'missing', status: 404 } as const;
    expect(() => unwrap({ ok: false, failure })).toThrow(ApiError);
    expect(failureOf(new ApiError(failure))).toBe(failure);
    expect(failureOf(new Error('bug'))).toEqual({ kind: 'malformed', cause: 'bug' });
  });
});

describe('media addresses', () => {
  it('encode each segment and keep the slashes', () => {
    expect(mediaUrl('/a b/100% #1?.flac')).toBe('/a%20b/100%25%20%231%3F.flac');
  });

  it('are probed for one byte', async () => {
    answer('x', { status: 206 });
    expect(await probe('/a b.flac')).toBeUndefined();
    expect(fetched).toHaveBeenCalledWith(
      '/a%20b.flac',
      expect.objectContaining({ headers: { Range: 'bytes=0-0' } }),
    );
    answer({ request_id: 'r2' }, { status: 404 });
    expect(await probe('/a.flac')).toEqual({ kind: 'missing', status: 404, requestId: 'r2' });
  });
});
