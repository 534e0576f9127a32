/** Links to what the API answers, which a browser cannot follow by itself where the server wants a token. */
import { ask } from '../api/client.ts';
import { hasToken } from '../api/token.ts';
import { type Child, h, on } from './element.ts';

/** Ms for which an answer that was opened is kept: the tab or the download has it by then. */
const KEPT_MS = 60_000;

export interface ApiLink {
  readonly path: string;
  readonly class?: string;
  /** The answer is saved under this name; without one it is opened in a tab of its own. */
  readonly saveAs?: string;
}

export function apiLink(link: ApiLink, ...children: readonly Child[]): HTMLAnchorElement {
  const { path, saveAs } = link;
  const anchor = h(
    'a',
    {
      href: path,
      class: link.class ?? null,
      download: saveAs ?? null,
      target: saveAs === undefined ? '_blank' : null,
      rel: 'noopener',
    },
    ...children,
  );
  return on(anchor, 'click', (event) => {
    if (!hasToken()) return;
    event.preventDefault();
    // The tab is opened now: after the answer, it would be one that nobody asked for.
    const tab = saveAs === undefined ? open('', '_blank') : null;
    void fetchAnswer(path).then((url) => {
      setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
      if (saveAs === undefined) tab?.location.replace(url);
      else save(url, saveAs);
    });
  });
}

/** URL of the answer, or of the words why there is none. */
async function fetchAnswer(path: string): Promise<string> {
  try {
    const response = await ask(path, new AbortController().signal, '*/*');
    return URL.createObjectURL(asText(await response.blob()));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return URL.createObjectURL(new Blob([`Could not be loaded: ${message}\n`], { type: 'text/plain' }));
  }
}

/** What strangers wrote is not to be read as a page of this server, whatever it is sent as. */
function asText(blob: Blob): Blob {
  const type = blob.type.startsWith('application/json') ? 'application/json' : 'text/plain;charset=utf-8';
  return new Blob([blob], { type });
}

function save(url: string, name: string): void {
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
}
