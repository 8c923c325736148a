import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface Props {
  icon: LucideIcon;
  title: string;
  hint?: string;
  /** Small print below, such as a request id. */
  note?: ReactNode;
  children?: ReactNode;
  testid: string;
  /** What stands for the whole page carries its first heading. */
  part?: boolean;
  /** An error interrupts a screen reader; an empty list waits for its turn. */
  urgent?: boolean;
}

/** Empty fills the place of content that is not there: what is the case, and what to do. */
export function Empty({ icon: Icon, title, hint, note, children, testid, part, urgent }: Props) {
  const Heading = part ? 'h2' : 'h1';
  return (
    <div
      role={urgent ? 'alert' : 'status'}
      data-testid={testid}
      className="mx-auto flex max-w-md animate-appear flex-col items-center px-4 py-16 text-center
        sm:py-24"
    >
      <span className="mb-5 grid size-16 place-items-center rounded-full bg-wash text-accent">
        <Icon aria-hidden="true" className="size-7" strokeWidth={1.6} />
      </span>
      <Heading className="text-lg font-semibold text-balance">{title}</Heading>
      {hint && <p className="mt-1.5 text-pretty text-muted">{hint}</p>}
      {children && <div className="mt-6 flex flex-wrap justify-center gap-2.5">{children}</div>}
      {note && <p className="mt-6 text-xs text-muted">{note}</p>}
    </div>
  );
}
