import { X } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { IconButton } from './button';

interface Notice {
  id: number;
  message: string;
  urgent: boolean;
}

const lifetime = 6000;

let notices: readonly Notice[] = [];
let last = 0;
const listeners = new Set<() => void>();

const set = (next: readonly Notice[]) => {
  notices = next;
  for (const listener of listeners) listener();
};

const drop = (id: number) => set(notices.filter((n) => n.id !== id));

/** toast says a sentence for a while. An urgent one stays until it is dismissed. */
export function toast(message: string, urgent = false): void {
  const id = ++last;
  // The same sentence twice is one notice, and two at most are on screen.
  set([...notices.filter((n) => n.message !== message).slice(-1), { id, message, urgent }]);
  if (!urgent) setTimeout(() => drop(id), lifetime);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

interface Props {
  label: string;
  dismiss: string;
}

/** Toasts is the live region: it is always in the page, or its first message goes unheard. */
export function Toasts({ label, dismiss }: Props) {
  const shown = useSyncExternalStore(subscribe, () => notices);
  return (
    <section aria-label={label} className="pointer-events-none flex flex-col items-center gap-2">
      <div role="status" aria-live="polite" data-testid="toasts" className="contents">
        {shown.map((n) => (
          <div
            key={n.id}
            data-testid="toast"
            data-urgent={n.urgent || undefined}
            className="pointer-events-auto flex max-w-lg animate-rise items-center gap-2 rounded-lg
              border border-line bg-raised py-1 pr-1 pl-4 text-sm shadow-float
              data-urgent:border-danger"
          >
            <p className="py-1.5">{n.message}</p>
            <IconButton label={dismiss} data-testid="toast-dismiss" onClick={() => drop(n.id)}>
              <X aria-hidden="true" className="size-4" />
            </IconButton>
          </div>
        ))}
      </div>
    </section>
  );
}
