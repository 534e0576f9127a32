/** What to do where there is nothing to show. */
import type { Coverage } from '../../../domain/coverage.ts';
import { count } from '../../../output/text.ts';
import { hasToken } from '../../api/token.ts';
import { codeBlock } from '../../dom/copy.ts';
import { type Child, h } from '../../dom/element.ts';
import { linkTo } from '../../shell/location.ts';
import { dateTime } from '../../words/format.ts';

/** No lines at all: how to send some. */
export function firstSteps(): Child {
  const server = location.origin;
  const token = hasToken() ? 'MESHWAKE_TOKEN_FILE=FILE ' : '';
  const header = hasToken() ? ' -H "Authorization: Bearer $MESHWAKE_TOKEN"' : '';
  return h(
    'div',
    { class: 'hero quiet first-steps' },
    h('h1', {}, 'No lines yet'),
    h(
      'p',
      {},
      'Send this server the access logs of your sidecars, and it says where traffic really goes and when that changed.',
    ),
    h('h2', {}, 'From every sidecar that runs, as they write'),
    codeBlock(
      `stern . -A -c istio-proxy | ${token}npx meshwake ingest --server ${server}`,
      'Command that sends logs by stern',
    ),
    h('h2', {}, 'From a file'),
    codeBlock(
      `curl${header} -H 'Content-Type: text/plain' --data-binary @proxy.log ${server}/api/v1/ingest`,
      'Command that sends a file',
    ),
    h(
      'p',
      { class: 'muted' },
      'Promtail, Alloy, Vector, Fluent Bit, the OpenTelemetry Collector, Filebeat and Envoy itself can send here as well.',
    ),
  );
}

/** Lines, and nothing wrong with them. */
export function allQuiet(coverage: Coverage): Child {
  const { lines, first_seen, last_seen } = coverage;
  const span =
    first_seen === null || last_seen === null
      ? ''
      : `, from ${dateTime(first_seen)} to ${dateTime(last_seen)} UTC`;
  return h(
    'div',
    { class: 'hero quiet' },
    h('h1', {}, 'No incident'),
    h('p', {}, `Nothing is wrong in the ${count(lines.total, 'line')} that were read${span}.`),
    h(
      'p',
      {},
      h('a', { href: linkTo(['topology']) }, 'See who calls whom'),
      ', or look at ',
      h('a', { href: linkTo(['connections']) }, 'the connections'),
      '.',
    ),
  );
}
