/** The calls of the API that are behind what is shown: to open, and as a command to copy. */
import { hasToken } from '../api/token.ts';
import { apiLink } from './api-link.ts';
import { copyButton } from './copy.ts';
import { type Child, h } from './element.ts';

export function callsBehind(calls: readonly string[], what: string): HTMLElement {
  return h(
    'details',
    { class: 'calls' },
    h('summary', { 'aria-label': `API calls behind ${what}`, title: 'The API calls behind this' }, 'API'),
    h('ul', {}, calls.map(callItem)),
  );
}

function callItem(call: string): Child {
  return h(
    'li',
    {},
    apiLink({ path: call }, h('code', {}, `GET ${call}`)),
    copyButton(curlOf(call), 'Copy as curl'),
  );
}

/** A shell takes what stands between single quotes as it is. */
function curlOf(call: string): string {
  const token = hasToken() ? ' -H "Authorization: Bearer $MESHWAKE_TOKEN"' : '';
  return `curl${token} '${location.origin}${call.replaceAll("'", '%27')}'`;
}
