/** The calls of the API that are behind what is shown: to open, and as a command to copy. */
import { hasToken } from '../api/token.ts';
import { apiLink } from './api-link.ts';
import { copyButton } from './copy.ts';
import { type Child, h } from './element.ts';

/** Shape of a call: its path, with `POST ` in front where it changes something. */
export function callsBehind(calls: readonly string[], what: string): HTMLElement {
  return h(
    'details',
    { class: 'calls' },
    h('summary', { 'aria-label': `API calls behind ${what}`, title: 'The API calls behind this' }, 'API'),
    h('ul', {}, calls.map(callItem)),
  );
}

function callItem(call: string): Child {
  const path = call.replace(POST, '');
  const isSent = path !== call;
  const words = h('code', {}, isSent ? call : `GET ${call}`);
  // What changes something is nothing to follow a link for.
  return h(
    'li',
    {},
    isSent ? words : apiLink({ path }, words),
    copyButton(curlOf(path, isSent), 'Copy as curl'),
  );
}

const POST = /^POST /;

/** A shell takes what stands between single quotes as it is. */
function curlOf(path: string, isSent: boolean): string {
  const token = hasToken() ? ' -H "Authorization: Bearer $MESHWAKE_TOKEN"' : '';
  return `curl${isSent ? ' -X POST' : ''}${token} '${location.origin}${path.replaceAll("'", '%27')}'`;
}
