/** One line with every field explained, beside the line of the other end. */
import { FIELDS } from '../../../domain/fields.ts';
import type { Connection, Hop, Pair } from '../../../domain/resources.ts';
import { flagMeaning } from '../../../domain/response-flags.ts';
import { ApiError, apiPath, getJson } from '../../api/client.ts';
import { type Child, h } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import { linkTo } from '../../shell/location.ts';
import type { View } from '../../shell/view.ts';
import { dateTime, span } from '../../words/format.ts';
import { stateBadge, stateWords } from '../../words/states.ts';
import { SAME_FIELDS, sameAs } from './joined-fields.ts';

interface Opened {
  readonly line: Connection;
  readonly pair: Pair | null;
}

export function connectionView(id: string): View {
  return ({ signal, title }) => {
    title('Connection');
    const call = apiPath(`connections/${encodeURIComponent(id)}`);
    return [
      h('p', { class: 'back' }, h('a', { href: linkTo(['connections']) }, 'All connections')),
      panel<Opened>({
        title: 'Connection',
        calls: [call, apiPath(`pairs/${encodeURIComponent(id)}`)],
        signal,
        bare: true,
        load: () => open(call, signal),
        show: ({ line, pair }) => story(line, pair),
        empty: () => null,
      }),
    ];
  };
}

/** A pair has the id of its outbound line. */
async function open(call: string, signal: AbortSignal): Promise<Opened> {
  const line = await getJson<Connection>(call, signal);
  const { verdict, peer_id } = line.pairing;
  const ids = [line.id, peer_id].filter((each) => each !== null);
  if (verdict !== 'matched') return { line, pair: null };
  for (const id of ids) {
    const pair = await pairOf(id, signal);
    if (pair !== null) return { line, pair };
  }
  return { line, pair: null };
}

async function pairOf(id: string, signal: AbortSignal): Promise<Pair | null> {
  try {
    return await getJson<Pair>(apiPath(`pairs/${encodeURIComponent(id)}`), signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

function story(line: Connection, pair: Pair | null): Child {
  const partner = pair === null ? null : pair.outbound.id === line.id ? pair.inbound : pair.outbound;
  return [
    h(
      'div',
      { class: 'hero plain-hero' },
      h(
        'p',
        { class: 'kicker' },
        stateBadge(line.state),
        h('span', { class: 'badge' }, line.direction),
        h('code', {}, line.id),
      ),
      h(
        'h1',
        {},
        `${line.pod ?? line.downstream_remote_address ?? 'a client'} → ${line.downstream_local_address ?? line.authority ?? 'unknown'}`,
      ),
      h(
        'p',
        { class: 'muted' },
        `${dateTime(line.start_time)} UTC`,
        line.duration === null ? '' : `, for ${span(line.duration)}`,
      ),
      line.state === null
        ? null
        : h('p', {}, `${stateWords(line.state).label}: ${stateWords(line.state).says}.`),
      line.response_flags.map((flag) =>
        h(
          'p',
          { class: 'alarm' },
          h('code', {}, flag),
          `: ${flagMeaning(flag) ?? 'a flag that is not known here'}`,
        ),
      ),
      pairingSentence(line, pair),
    ),
    line.hops === null || line.hops.length < 3 ? null : way(line.hops),
    fieldTable(line, partner),
  ];
}

function pairingSentence({ pairing }: Connection, pair: Pair | null): Child {
  if (pair === null)
    return h(
      'p',
      {},
      h('strong', {}, `Other end: ${pairing.verdict.replaceAll('_', ' ')}`),
      pairing.reason === null ? '' : `, ${pairing.reason}`,
    );
  const { kind, score, start_skew_ms, end_skew_ms, mtls, closed_by, remarks } = pair;
  const ended = end_skew_ms === null ? '' : `, ended ${end_skew_ms} ms after`;
  return h(
    'p',
    {},
    h('strong', {}, 'Both ends are known: '),
    `joined as ${kind} with score ${score}; the server began ${start_skew_ms} ms after the client${ended}; `,
    `${mtls ? 'mutual TLS' : 'no mutual TLS'}; closed by ${closed_by.replaceAll('_', ' ')}`,
    remarks.length === 0 ? '' : `; ${remarks.join(', ').replaceAll('_', ' ')}`,
    '.',
  );
}

/** Through gateways: every line of it, in order. */
function way(hops: readonly Hop[]): Child {
  return h(
    'section',
    { class: 'panel' },
    h('h2', {}, 'The whole way'),
    h(
      'ol',
      { class: 'hops' },
      hops.map(({ id, pod, direction, downstream_local_address, kind }) =>
        h(
          'li',
          {},
          h('a', { href: linkTo(['connections', id]) }, pod ?? id),
          ` ${direction}, ${downstream_local_address ?? ''}`,
          kind === null ? '' : ` (${kind})`,
        ),
      ),
    ),
  );
}

/** Fields that are told above, or are no values. */
const ELSEWHERE = new Set(['pairing', 'hops', 'attributes']);

function fieldTable(line: Connection, partner: Connection | null): Child {
  const fields = FIELDS.filter(({ name }) => !ELSEWHERE.has(name));
  const read = (of: Connection | null, name: string): string | null =>
    of === null ? null : textOf(of[name as keyof Connection]);
  const isTold = ({ name }: { readonly name: string }): boolean =>
    read(line, name) !== null || read(partner, name) !== null;
  const row = ({ name, operator, unit, description }: (typeof fields)[number]): Child => {
    const own = read(line, name);
    const other = read(partner, name);
    const isOff = partner !== null && SAME_FIELDS.has(name) && own !== other;
    return h(
      'tr',
      { class: isOff ? 'differs' : null },
      h('th', { scope: 'row' }, h('code', {}, name), joint(line, partner, name)),
      h('td', {}, value(own, unit)),
      partner === null
        ? null
        : h('td', {}, value(other, unit), isOff ? h('span', { class: 'badge alarm' }, 'differs') : null),
      h(
        'td',
        { class: 'muted' },
        description,
        operator === null ? null : h('code', { class: 'operator' }, ` %${operator}%`),
      ),
    );
  };
  const told = fields.filter(isTold);
  const absent = fields.filter((field) => !isTold(field));
  return h(
    'section',
    { class: 'panel' },
    h('h2', {}, 'Every field'),
    h(
      'div',
      { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Every field' },
      h(
        'table',
        { class: 'fields' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Field'),
            h('th', { scope: 'col' }, sideName(line)),
            partner === null ? null : h('th', { scope: 'col' }, sideName(partner)),
            h('th', { scope: 'col' }, 'What it says'),
          ),
        ),
        h(
          'tbody',
          {},
          told.map(row),
          Object.entries(line.attributes ?? {}).map(([name, text]) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, h('code', {}, name)),
              h('td', {}, value(text, null)),
              partner === null ? null : h('td', {}, value(partner.attributes?.[name] ?? null, null)),
              h('td', { class: 'muted' }, 'Beyond the fields of Istio: as the line has it.'),
            ),
          ),
        ),
      ),
    ),
    absent.length === 0
      ? null
      : h(
          'p',
          { class: 'muted' },
          'Not in the line: ',
          absent.map(({ name }, index) => [index === 0 ? '' : ', ', h('code', {}, name)]),
        ),
  );
}

function sideName({ direction }: Connection): string {
  return direction === 'outbound' ? 'Client’s line' : direction === 'inbound' ? 'Server’s line' : 'The line';
}

/** Which field of the other line says the same. */
function joint(line: Connection, partner: Connection | null, name: string): Child {
  const other = partner === null ? null : sameAs(line, partner, name);
  return other === null
    ? null
    : h('span', { class: 'joint', title: `The same as ${other} of the other line` }, ` = ${other}`);
}

function value(text: string | null, unit: string | null): Child {
  if (text === null) return h('span', { class: 'muted' }, '–');
  const isMeasure = unit === 'bytes' || unit === 'ms';
  return [h('code', {}, text), isMeasure ? ` ${unit}` : null];
}

function textOf(of: unknown): string | null {
  if (of === null || of === undefined) return null;
  if (Array.isArray(of)) return of.length === 0 ? null : of.join(',');
  return typeof of === 'object' ? JSON.stringify(of) : String(of);
}
