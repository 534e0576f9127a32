/** Why it happened, what mends it, how to see that it did. */
import type { Incident, Remedy } from '../../../domain/resources.ts';
import { codeBlock } from '../../dom/copy.ts';
import { type Child, h } from '../../dom/element.ts';

export function cause({ cause: text }: Incident): Child {
  if (text === '') return null;
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'cause' },
    h('h2', { id: 'cause' }, 'Cause'),
    h('p', {}, text),
  );
}

export function remedies({ remedies: items }: Incident): Child {
  if (items.length === 0) return null;
  return h(
    'section',
    { class: 'panel remedies', 'aria-labelledby': 'remedies' },
    h('h2', { id: 'remedies' }, 'What mends it'),
    h('ol', {}, items.map(remedy)),
  );
}

/** The first one is open: it is the one to try. */
function remedy({ title, resource, yaml, caveat }: Remedy, index: number): Child {
  return h(
    'li',
    {},
    h(
      'details',
      { open: index === 0 },
      h('summary', {}, h('strong', {}, title), ' ', h('span', { class: 'badge' }, resource)),
      yaml === null ? null : codeBlock(yaml.trimEnd(), `YAML: ${title}`),
      caveat === null ? null : h('p', { class: 'caveat' }, caveat),
    ),
  );
}

export function verification({ verify }: Incident): Child {
  if (verify.length === 0) return null;
  return h(
    'section',
    { class: 'panel', 'aria-labelledby': 'verify' },
    h('h2', { id: 'verify' }, 'Verify'),
    verify.map((command) => codeBlock(command, 'Command to verify')),
  );
}
