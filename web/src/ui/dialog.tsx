import * as Radix from '@radix-ui/react-dialog';
import { X } from 'lucide-react';
import { type CSSProperties, type ReactNode, useState } from 'react';
import { iconButtonClass } from './button';

interface Props {
  title: string;
  close: string;
  /** The title may be drawn by the content; it is then for screen readers only. */
  hideTitle?: boolean;
  /** A tint of its own: the dialog stands outside the page's element and its tint. */
  style?: CSSProperties | undefined;
  onClose(): void;
  children: ReactNode;
  testid: string;
}

/** Dialog is a sheet from below on a phone, and a card in the middle elsewhere. */
export function Dialog({ title, close, hideTitle, style, onClose, children, testid }: Props) {
  // Radix gives the focus back to a trigger of its own, which these dialogs do not have.
  const [opener] = useState(() => document.activeElement);
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-[oklch(0.15_0.01_265/0.5)]" />
        <Radix.Content
          aria-describedby={undefined}
          onCloseAutoFocus={(e) => {
            e.preventDefault();
            if (opener instanceof HTMLElement) opener.focus();
          }}
          data-testid={testid}
          style={style}
          className="tinted fixed inset-x-0 bottom-0 z-50 max-h-[88dvh] animate-rise overflow-y-auto
            rounded-t-xl bg-raised p-5 pb-[max(1.25rem,env(safe-area-inset-bottom))] shadow-float
            outline-none sm:inset-auto sm:top-1/2 sm:left-1/2 sm:w-[27rem] sm:-translate-1/2
            sm:rounded-xl sm:border sm:border-line sm:p-6 sm:[animation-name:appear]"
        >
          <Radix.Title className={hideTitle ? 'sr-only' : 'mb-4 pr-10 text-lg font-semibold'}>
            {title}
          </Radix.Title>
          {children}
          <Radix.Close
            aria-label={close}
            title={close}
            data-testid="dialog-close"
            className={`${iconButtonClass} absolute top-3 right-3`}
          >
            <X aria-hidden="true" className="size-5" />
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
