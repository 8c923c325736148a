// Copying of addresses. The clipboard may be refused: on plain http it does not even exist.

import { toast } from '../ui/toast';
import { type Address, stringify } from './address';
import { link, type Track } from './api';
import { clock, moment } from './format';
import { open } from './overlay';
import { text } from './text';
import { folderOf } from './track';

const day = 86400;

/** copySignedLink asks for a link that works for a day, and copies it. */
export async function copySignedLink(track: Track): Promise<void> {
  const answer = await link(track.path, day);
  if (!answer.ok) {
    const { kind, requestId } = answer.failure;
    const why = text.failure[kind].title;
    const id = requestId ? ` (${text.folder.requestId} ${requestId})` : '';
    toast(text.link.failed(`${why}${id}.`), true);
    return;
  }
  const { url, expires } = answer.value;
  await copy(location.origin + url, text.link.copied(moment(new Date(expires * 1000))));
}

/** copyPage copies the page's address with this track at this second. */
export async function copyPage(track: Track, at: number): Promise<void> {
  const t = Math.floor(at);
  const address: Address = { path: folderOf(track.path), track: track.path };
  if (t > 0) address.t = t;
  if (address.path === '/') delete address.path;
  const url = `${location.origin}/${stringify({ ...address })}`;
  await copy(url, text.link.pageCopied(clock(t)));
}

async function copy(url: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(url);
    toast(done);
  } catch {
    open({ kind: 'address', url });
  }
}
