// The server's API as this app sees it: one fetch, every answer checked, every failure one of
// a few kinds that text.ts has sentences for.
import * as check from './check';
import { type AlbumInfo, albumBody, type MediaInfo, mediaBody } from './info';
import { text } from './text';

export interface Config {
  version: string;
  name: string;
  signing: boolean;
  require_token: boolean;
  /** Whether the server also gives HLS; a server that does not say so does. */
  hls: boolean | undefined;
}

export interface FolderEntry {
  name: string;
  path: string;
}

export interface Track {
  path: string;
  name: string;
  size: number;
  modified: Date;
  type: string;
  title: string | undefined;
  artist: string | undefined;
  album: string | undefined;
  track: number | undefined;
  year: number | undefined;
  artwork: string | undefined;
}

export interface Folder {
  path: string;
  name: string;
  folders: FolderEntry[];
  tracks: Track[];
  next: string | undefined;
}

export interface SignedLink {
  url: string;
  expires: number;
}

export type FailureKind = keyof typeof text.failure;

export interface Failure {
  kind: FailureKind;
  /** The HTTP status, when there was an answer. */
  status?: number;
  /** The stable code of the problem, for programs. */
  code?: string;
  requestId?: string;
  /** The server's own sentence on what is wrong. */
  detail?: string;
  /** Seconds after which the server wants to be asked again. */
  retryAfter?: number;
  /** What a developer wants to know; never shown as the only message. */
  cause?: string;
}

export type Answer<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** ApiError carries a Failure through code that wants exceptions, such as the query cache. */
export class ApiError extends Error {
  override name = 'ApiError';
  constructor(readonly failure: Failure) {
    super(text.failure[failure.kind].title);
  }
}

/** unwrap gives the value, or throws the failure as an ApiError. */
export function unwrap<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new ApiError(answer.failure);
}

/** failureOf sees any thrown thing as a Failure; a bug of ours counts as malformed. */
export function failureOf(error: unknown): Failure {
  return error instanceof ApiError
    ? error.failure
    : { kind: 'malformed', cause: error instanceof Error ? error.message : String(error) };
}

const entry = check.object<FolderEntry>({ name: check.string, path: check.path });

const track = check.object<Track>({
  path: check.path,
  name: check.string,
  size: check.number,
  modified: check.time,
  type: check.string,
  title: check.optional(check.string),
  artist: check.optional(check.string),
  album: check.optional(check.string),
  track: check.optional(check.number),
  year: check.optional(check.number),
  artwork: check.optional(check.path),
});

const folderBody = check.object<Folder>({
  path: check.path,
  name: check.string,
  folders: check.list(entry),
  tracks: check.list(track),
  next: check.optional(check.string),
});

const configBody = check.object<Config>({
  version: check.string,
  name: check.string,
  signing: check.boolean,
  require_token: check.boolean,
  hls: check.optional(check.boolean),
});

const linkBody = check.object<SignedLink>({ url: check.path, expires: check.number });

interface Problem {
  code: string | undefined;
  request_id: string | undefined;
  detail: string | undefined;
}

const problemBody = check.object<Problem>({
  code: check.optional(check.string),
  request_id: check.optional(check.string),
  detail: check.optional(check.string),
});

export const config = (signal?: AbortSignal): Promise<Answer<Config>> =>
  get('/api/v1/config', {}, configBody, signal);

/** folder reads one page of a folder; after is the cursor that the page before named. */
export const folder = (
  path: string,
  after: string | undefined,
  signal?: AbortSignal,
): Promise<Answer<Folder>> => get('/api/v1/folder', { path, after }, folderBody, signal);

export const link = (
  path: string,
  expiresIn: number,
  signal?: AbortSignal,
): Promise<Answer<SignedLink>> =>
  get('/api/v1/links', { path, expires_in: String(expiresIn) }, linkBody, signal);

/** mediaInfo says what is in a media file, and how it can be had as HLS. */
export const mediaInfo = (path: string, signal?: AbortSignal): Promise<Answer<MediaInfo>> =>
  get(`${hlsUrl(path)}info.json`, {}, mediaBody, signal);

/** albumInfo says the same of a folder whose tracks are joined; the folder ends with a slash. */
export const albumInfo = (folder: string, signal?: AbortSignal): Promise<Answer<AlbumInfo>> =>
  get(`${hlsUrl(folder)}info.json`, {}, albumBody, signal);

/** hlsUrl is where the playlists of a file or of a folder are. */
export const hlsUrl = (path: string): string =>
  `${mediaUrl(path)}${path.endsWith('/') ? '' : '/'}hls/`;

/** mediaUrl is the address of a track's bytes: its path, each segment percent-encoded. */
export const mediaUrl = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/**
 * probe asks for a track's first byte, to learn why the player could not open it: undefined
 * says that the server gave the byte, so the trouble is the file or the browser.
 */
export async function probe(path: string, signal?: AbortSignal): Promise<Failure | undefined> {
  const reply = await send(mediaUrl(path), { headers: { Range: 'bytes=0-0' } }, signal);
  if (!reply.ok) return reply.failure;
  const { value: response } = reply;
  if (response.ok || response.status === 416) {
    // A server that ignores Range would send the whole file.
    await response.body?.cancel();
    return undefined;
  }
  return refusal(response);
}

async function get<T>(
  path: string,
  params: Record<string, string | undefined>,
  body: check.Reader<T>,
  signal: AbortSignal | undefined,
): Promise<Answer<T>> {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined) query.set(key, value);
  }
  const address = query.size > 0 ? `${path}?${query}` : path;
  const reply = await send(address, { headers: { Accept: 'application/json' } }, signal);
  if (!reply.ok) return reply;
  const response = reply.value;
  if (!response.ok) return { ok: false, failure: await refusal(response) };
  try {
    return { ok: true, value: body(await response.json(), '') };
  } catch (error) {
    if (signal?.aborted) throw error;
    // The connection may also break inside the body; only JSON that came whole is malformed.
    if (error instanceof TypeError) return { ok: false, failure: unreached(error) };
    const failure: Failure = { kind: 'malformed', status: response.status, cause: String(error) };
    return { ok: false, failure: withRequestId(failure, response.headers.get('X-Request-Id')) };
  }
}

/** send fetches. An abort is thrown on: it is the caller's own wish, not a failure to show. */
async function send(
  address: string,
  init: RequestInit,
  signal: AbortSignal | undefined,
): Promise<Answer<Response>> {
  try {
    return { ok: true, value: await fetch(address, { ...init, signal: signal ?? null }) };
  } catch (error) {
    if (signal?.aborted) throw error;
    return { ok: false, failure: unreached(error) };
  }
}

function unreached(error: unknown): Failure {
  // onLine false is certain, true is not: a server on this machine answers without a network.
  const kind = navigator.onLine === false ? 'offline' : 'unreachable';
  return { kind, cause: String(error) };
}

async function refusal(response: Response): Promise<Failure> {
  const failure: Failure = { kind: kindOf(response.status), status: response.status };
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  if (retryAfter >= 0) failure.retryAfter = retryAfter;
  let requestId = response.headers.get('X-Request-Id');
  try {
    const problem = problemBody(await response.json(), '');
    if (problem.code !== undefined) failure.code = problem.code;
    if (problem.detail !== undefined) failure.detail = problem.detail;
    requestId = problem.request_id ?? requestId;
  } catch {
    // A proxy between may answer with HTML: the status says enough.
  }
  return withRequestId(failure, requestId);
}

function withRequestId(failure: Failure, id: string | null): Failure {
  return id === null ? failure : { ...failure, requestId: id };
}

function kindOf(status: number): FailureKind {
  switch (status) {
    case 401:
    case 403:
      return 'refused';
    case 404:
    case 410:
      return 'missing';
    case 429:
    case 503:
      return 'busy';
    default:
      return status >= 500 ? 'server' : 'invalid';
  }
}
