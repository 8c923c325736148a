import { Search, X } from 'lucide-react';
import type { Ref } from 'react';

interface Props {
  label: string;
  hint: string;
  clear: string;
  value: string;
  onChange(value: string): void;
  ref?: Ref<HTMLInputElement>;
  testid: string;
}

/** SearchField filters as one types; Escape and the cross empty it. */
export function SearchField({ label, hint, clear, value, onChange, ref, testid }: Props) {
  return (
    <div className="relative w-full">
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 left-3.5 size-4 -translate-y-1/2 text-muted"
      />
      <input
        ref={ref}
        type="search"
        enterKeyHint="search"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        aria-label={label}
        placeholder={hint}
        value={value}
        data-testid={testid}
        onChange={(e) => onChange(e.target.value)}
        onKeyDown={(e) => {
          if (e.key !== 'Escape') return;
          if (value !== '') onChange('');
          else e.currentTarget.blur();
        }}
        className="h-10 w-full rounded-full border border-line bg-raised pr-10 pl-10 text-base
          transition-colors placeholder:text-muted [&::-webkit-search-cancel-button]:hidden hover:border-line-strong max-sm:text-[1rem]"
      />
      {value !== '' && (
        <button
          type="button"
          aria-label={clear}
          title={clear}
          data-testid={`${testid}-clear`}
          onClick={() => onChange('')}
          className="absolute top-1/2 right-1.5 grid size-8 -translate-y-1/2 place-items-center
            rounded-full text-muted hover:text-ink"
        >
          <X aria-hidden="true" className="size-4" />
        </button>
      )}
    </div>
  );
}
