import t from 'tap';
import type { FilterName } from '../../src/domain/filter.ts';
import { type Filtered, parseFilterOf } from '../../src/domain/filter-scope.ts';

const NOW = Date.parse('2024-05-01T10:00:00Z');

const REFUSED: ReadonlyArray<readonly [Filtered, FilterName, string, RegExp]> = [
  [
    'routes',
    'verdict',
    'matched',
    /"verdict" with routes: connections and pairs have one; expected one of since/,
  ],
  ['shifts', 'verdict', 'matched', /"verdict" with shifts/],
  ['incidents', 'verdict', '*', /"verdict" with incidents/],
  ['explanations', 'verdict', 'pending', /"verdict" with explanations/],
  ['coverage', 'severity', 'high', /"severity" with coverage: coverage counts/],
  ['connections', 'kind', 'full', /"kind" with connections: none can have it; expected tcp, http/],
  ['pairs', 'kind', 'passthrough_to_captured', /expected tcp, http, full/],
  ['routes', 'kind', 'http', /expected tcp/],
  ['shifts', 'kind', 'tcp', /expected the kind of a shift such as passthrough_to_captured/],
  ['routes', 'direction', 'inbound', /"direction" with routes: none can have it; expected outbound/],
];

t.test('a filter that nothing can match is told, with those that apply', async (t) => {
  for (const [resource, name, value, message] of REFUSED) {
    const what = `${name}=${value} of ${resource}`;
    t.throws(() => parseFilterOf(resource, { [name]: value }, NOW), { code: 'bad_parameter', message }, what);
  }
  try {
    parseFilterOf('routes', { verdict: 'matched' }, NOW);
  } catch (error) {
    t.notMatch(String(error), /, verdict/, 'the filter itself is not among those that apply');
  }
});

t.test('one of several values is enough to be told', async (t) => {
  t.throws(() => parseFilterOf('pairs', { kind: ['full', 'direct_to_service'] }, NOW), {
    code: 'bad_parameter',
  });
});

t.test('what can match is read', async (t) => {
  const rows: ReadonlyArray<readonly [Filtered, FilterName, string]> = [
    ['connections', 'verdict', 'matched'],
    ['pairs', 'kind', 'http'],
    ['pairs', 'kind', 'dnat'],
    ['routes', 'kind', '*'],
    ['routes', 'direction', 'outbound'],
    ['shifts', 'kind', '*_to_captured'],
    ['incidents', 'kind', 'tcp'],
    ['incidents', 'direction', 'inbound'],
    ['coverage', 'port', '5701'],
  ];
  for (const [resource, name, value] of rows) {
    t.doesNotThrow(() => parseFilterOf(resource, { [name]: value }, NOW), `${name}=${value} of ${resource}`);
  }
});
