import { Link } from '@tanstack/react-router';
import { ChevronRight, House } from 'lucide-react';
import { text } from '../app/text';

interface Crumb {
  name: string;
  path: string;
}

export function crumbsOf(path: string, root: string): Crumb[] {
  const names = path.split('/').filter(Boolean);
  return [
    { name: root, path: '/' },
    ...names.map((name, i) => ({ name, path: `/${names.slice(0, i + 1).join('/')}/` })),
  ];
}

/** Crumbs leads from the first folder to this one, which is the last and not a link. */
export function Crumbs({ path, root }: { path: string; root: string }) {
  const crumbs = crumbsOf(path, root);
  return (
    <nav aria-label={text.folder.breadcrumb} data-testid="breadcrumb" className="min-w-0">
      <ol className="flex flex-wrap items-center text-sm text-muted">
        {crumbs.map((crumb, i) => (
          <li key={crumb.path} className="flex min-w-0 items-center">
            {i > 0 && <ChevronRight aria-hidden="true" className="mx-0.5 size-3.5 shrink-0" />}
            {i < crumbs.length - 1 ? (
              <Link
                to="/"
                search={crumb.path === '/' ? {} : { path: crumb.path }}
                data-testid="crumb"
                className="flex min-h-8 min-w-0 items-center gap-1.5 rounded-sm px-1.5
                  hover:text-ink hover:underline hover:underline-offset-4"
              >
                {i === 0 && <House aria-hidden="true" className="size-3.5 shrink-0" />}
                <span className="truncate">{crumb.name}</span>
              </Link>
            ) : (
              <span
                aria-current="page"
                className="flex min-h-8 min-w-0 items-center gap-1.5 px-1.5 text-ink"
              >
                {i === 0 && <House aria-hidden="true" className="size-3.5 shrink-0" />}
                <span className="truncate">{crumb.name}</span>
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
