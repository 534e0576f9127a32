/** Where somebody is on this page. All of it stands in the fragment of the URL, so that a link says it all. */

export interface Place {
  /** Name of the view, and what of it: `incidents`, `98b4…`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** `#/incidents/98b4?tab=x`. Anything that is not well formed is the first view. */
export function readPlace(fragment: string): Place {
  const text = fragment.replace(/^#?\/?/, '');
  const at = text.indexOf('?');
  const path = at < 0 ? text : text.slice(0, at);
  return {
    path: path
      .split('/')
      .filter((part) => part !== '')
      .map(decode),
    query: new URLSearchParams(at < 0 ? '' : text.slice(at + 1)),
  };
}

export type Query = Readonly<Record<string, string | number | readonly string[] | null>> | URLSearchParams;

/** A link to a place; parts and values may be any text. */
export function linkTo(path: readonly string[], query: Query = {}): string {
  const parameters = query instanceof URLSearchParams ? query : new URLSearchParams();
  if (!(query instanceof URLSearchParams)) {
    for (const [name, value] of Object.entries(query)) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each !== null && each !== '') parameters.append(name, String(each));
      }
    }
  }
  const text = parameters.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
