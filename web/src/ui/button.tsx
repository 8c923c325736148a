import type { ComponentProps } from 'react';

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  plain: 'bg-raised border border-line text-ink hover:border-line-strong',
} as const;

export const buttonClass = (look: keyof typeof looks): string =>
  `inline-flex h-10 items-center justify-center gap-2 rounded-full px-5 text-base font-medium
  whitespace-nowrap transition-colors disabled:opacity-50 ${looks[look]}`;

export function Button({
  look = 'plain',
  className = '',
  ...rest
}: ComponentProps<'button'> & { look?: keyof typeof looks }) {
  return <button type="button" className={`${buttonClass(look)} ${className}`} {...rest} />;
}

export const iconButtonClass = `inline-grid size-9 shrink-0 place-items-center rounded-full text-muted
  transition-colors hover:bg-sunken hover:text-ink disabled:opacity-40 disabled:pointer-events-none
  pointer-coarse:size-11`;

/** IconButton has no text: the label is its name, for a pointer and for a screen reader. */
export function IconButton({
  label,
  className = '',
  ...rest
}: Omit<ComponentProps<'button'>, 'aria-label' | 'title'> & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`${iconButtonClass} ${className}`}
      {...rest}
    />
  );
}
