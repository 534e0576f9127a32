/** A form that sends a question to the server and shows what it answers. */
import { tokenHeaders } from '../api/token.ts';
import { h, on, replace } from '../dom/element.ts';
import { askForToken } from '../shell/ask-for-token.ts';

/** Characters of an answer that are read, and that are shown. */
const READ_MAX = 1_000_000;
const SHOWN_MAX = 50_000;
/** Ms: an answer that never ends is cut off. */
const ENDLESS_MS = 3_000;

/** `example`: the path that stands in the form at first. */
export function tryIt(example: string, operationId: string): HTMLElement {
  const id = `try-${operationId}`;
  const input = h('input', {
    id,
    value: example,
    spellcheck: 'false',
    autocomplete: 'off',
    maxlength: 4_000,
  });
  const result = h('div', { class: 'result', 'aria-live': 'polite' });
  const form = h(
    'form',
    { class: 'try' },
    h('label', { for: id }, 'Try it'),
    input,
    h('button', { type: 'submit', class: 'button primary' }, 'Send'),
    result,
  );
  return on(form, 'submit', (event) => {
    event.preventDefault();
    void send(input.value.trim(), result);
  });
}

async function send(path: string, result: HTMLElement): Promise<void> {
  if (!/^\/(?!\/)/.test(path)) {
    replace(result, h('p', { class: 'failure' }, 'A path of this server begins with one slash.'));
    return;
  }
  replace(result, h('p', { class: 'muted' }, 'Waiting for the answer…'));
  try {
    const started = performance.now();
    const response = await fetch(path, { headers: tokenHeaders(), credentials: 'omit' });
    const text = await beginningOf(response);
    const ms = Math.round(performance.now() - started);
    const type = response.headers.get('content-type') ?? 'no type';
    replace(
      result,
      h(
        'p',
        {},
        h('strong', { class: response.ok ? 'ok' : 'alarm' }, String(response.status)),
        ` ${type}, ${ms} ms`,
      ),
      h(
        'pre',
        { tabindex: 0, role: 'region', 'aria-label': 'Answer' },
        h('code', {}, cut(pretty(text, type))),
      ),
    );
    if (response.status === 401) askForToken(result, () => void send(path, result));
  } catch {
    replace(result, h('p', { class: 'failure' }, 'The server cannot be reached.'));
  }
}

/** As much as is shown; of a stream without end, what comes at first. */
async function beginningOf({ body }: Response): Promise<string> {
  const reader = body
    ?.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  if (reader === undefined) return '';
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void reader.cancel();
  }, ENDLESS_MS);
  let text = '';
  while (text.length <= READ_MAX) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  clearTimeout(timer);
  if (!isLate && text.length <= READ_MAX) return text;
  void reader.cancel();
  return `${text}\n…`;
}

function cut(text: string): string {
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}\n…`;
}

function pretty(text: string, type: string): string {
  if (!type.includes('json') || type.includes('ndjson')) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
