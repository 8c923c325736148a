import { Link } from '@tanstack/react-router';
import { Folder } from 'lucide-react';
import type { FolderEntry } from '../app/api';
import { text } from '../app/text';

export function Folders({ folders }: { folders: readonly FolderEntry[] }) {
  if (folders.length === 0) return null;
  return (
    <section aria-label={text.folder.folders} className="mb-6">
      <ul
        data-testid="folders"
        className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,10.25rem),1fr))] gap-2 sm:gap-2.5
          md:grid-cols-[repeat(auto-fill,minmax(13rem,1fr))]"
      >
        {folders.map((f) => (
          <li key={f.path}>
            <Link
              to="/"
              search={{ path: f.path }}
              data-testid="folder"
              title={f.name}
              className="flex h-12 items-center gap-2.5 rounded-md border border-line bg-raised px-3
                transition-colors hover:border-line-strong"
            >
              <Folder
                aria-hidden="true"
                className="size-[1.15rem] shrink-0 fill-wash-strong text-accent"
                strokeWidth={1.6}
              />
              <span className="truncate font-medium">{f.name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
