import type { Filter } from '../domain/filter.ts';

/** The filter as text: equal texts ask for the same things, the window aside. */
export function filterText(filter: Filter): string {
  const { since: _since, until: _until, ...rest } = filter;
  return JSON.stringify(rest, (_key, value: unknown) =>
    typeof value === 'function' && 'text' in value ? value.text : value,
  );
}
