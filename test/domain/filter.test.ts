import t from 'tap';
import { AppError } from '../../src/domain/errors.ts';
import {
  FILTER_NAMES,
  matchesAddress,
  matchesName,
  matchesValue,
  NO_FILTER,
  parseFilter,
  parseLimit,
} from '../../src/domain/filter.ts';
import { PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX } from '../../src/domain/limits.ts';

const NOW = Date.UTC(2024, 2, 5, 10);

/** The error that a filter is refused with. */
function refusal(given: Record<string, string | string[]>): AppError {
  try {
    parseFilter(given, NOW);
  } catch (caught) {
    if (caught instanceof AppError) return caught;
    throw caught;
  }
  throw new Error(`${JSON.stringify(given)} was taken`);
}

t.test('no filters hold always', async (t) => {
  t.same(parseFilter({}, NOW), NO_FILTER);
  t.same(parseFilter({ pod: undefined, since: undefined, port: [] }, NOW), NO_FILTER);
  t.same(Object.keys(NO_FILTER).sort(), [...FILTER_NAMES].sort());
});

t.test('reads times, also as durations back from now', async (t) => {
  const filter = parseFilter({ since: '1h', until: '2024-03-05T09:59:00+00:00' }, NOW);
  t.equal(filter.since, NOW - 3_600_000);
  t.equal(filter.until, NOW - 60_000);
  t.equal(parseFilter({ since: 'now-7d' }, NOW).since, NOW - 604_800_000);
  t.equal(parseFilter({ since: ['2024-03-05'] }, NOW).since, Date.UTC(2024, 2, 5));
});

t.test('reads every filter that is a closed set', async (t) => {
  const given = {
    state: ['captured', 'no_filter_chain'],
    direction: 'unknown',
    verdict: 'expected_unmatched',
    severity: ['critical', 'info'],
  };
  const { state, direction, verdict, severity } = parseFilter(given, NOW);
  t.same(
    { state, direction, verdict, severity },
    { ...given, direction: ['unknown'], verdict: ['expected_unmatched'] },
  );
});

t.test('reads every filter that is a pattern, with several values as alternatives', async (t) => {
  const names = ['pod', 'namespace', 'workload', 'node', 'upstream_cluster'] as const;
  for (const name of names) {
    const list = parseFilter({ [name]: ['web-*', 'cache'] }, NOW)[name];
    t.same(
      list.map((pattern) => pattern.text),
      ['web-*', 'cache'],
      name,
    );
    t.same(
      ['web-1', 'cache', 'cache-1', 'web', null].map((value) => matchesName(list, value)),
      [true, true, false, false, false],
      name,
    );
  }
});

t.test('reads addresses with a port and without one, in canonical form', async (t) => {
  const { source, destination, port } = parseFilter(
    {
      source: ['10.0.0.1', '[FD00::0:1]:5701', 'fd00::2', '[fd00::3]'],
      destination: '::ffff:10.0.0.9',
      port: ['5701', '0'],
    },
    NOW,
  );
  t.same(source, [
    { ip: '10.0.0.1', port: null },
    { ip: 'fd00::1', port: 5701 },
    { ip: 'fd00::2', port: null },
    { ip: 'fd00::3', port: null },
  ]);
  t.same(destination, [{ ip: '10.0.0.9', port: null }]);
  t.same(port, [5701, 0]);
});

t.test('an address filter without a port holds for every port', async (t) => {
  const list = [
    { ip: '10.0.0.1', port: null },
    { ip: '10.0.0.2', port: 80 },
  ];
  t.equal(matchesAddress(list, '10.0.0.1', 5701), true);
  t.equal(matchesAddress(list, '10.0.0.1', null), true);
  t.equal(matchesAddress(list, '10.0.0.2', 80), true);
  t.equal(matchesAddress(list, '10.0.0.2', 81), false);
  t.equal(matchesAddress(list, '10.0.0.2', null), false);
  t.equal(matchesAddress(list, null, 80), false);
  t.equal(matchesAddress([], null, null), true);
});

t.test('a list of values holds when it is empty or has the value', async (t) => {
  t.equal(matchesValue([], null), true);
  t.equal(matchesValue(['a', 'b'], 'b'), true);
  t.equal(matchesValue(['a', 'b'], 'c'), false);
  t.equal(matchesValue(['a', 'b'], null), false);
});

t.test('refuses a filter that there is not, and names those that there are', async (t) => {
  for (const name of ['pods', 'Pod', '', '__proto__x', 'toString', 'limit']) {
    const error = refusal({ [name]: 'x' });
    t.equal(error.code, 'unknown_parameter', name);
    t.ok(error.message.includes(JSON.stringify(name)), error.message);
    for (const known of FILTER_NAMES) t.ok(error.message.includes(known), `names ${known}`);
  }
});

t.test('refuses bad values with what it got and what it expected', async (t) => {
  const rows: [name: string, value: string | string[], got: string, expected: RegExp][] = [
    ['since', 'yesterdy', 'yesterdy', /expected RFC 3339 such as .+ or a duration such as 15m/],
    ['since', '', '', /expected RFC 3339/],
    ['until', '2024-02-30T00:00:00Z', '2024-02-30T00:00:00Z', /expected RFC 3339/],
    ['since', ['1h', '2h'], '1h, 2h', /expected one time$/],
    ['port', '65536', '65536', /expected a number from 0 to 65535$/],
    ['port', ['80', 'http'], 'http', /expected a number from 0 to 65535$/],
    ['port', '080', '080', /expected a number/],
    ['source', 'web', 'web', /expected an address such as 10\.0\.0\.1/],
    ['source', '10.0.0.01', '10.0.0.01', /expected an address/],
    ['destination', '10.0.0.1:', '10.0.0.1:', /expected an address/],
    ['state', 'hijacked', 'hijacked', /expected one of service, direct, passthrough, .*captured/],
    ['state', 'Captured', 'Captured', /expected one of/],
    ['direction', 'in', 'in', /expected one of outbound, inbound, unknown$/],
    ['verdict', 'toString', 'toString', /expected one of matched/],
    ['severity', 'low', 'low', /expected one of info, medium, high, critical$/],
  ];
  for (const [name, value, got, expected] of rows) {
    const error = refusal({ [name]: value });
    t.equal(error.code, 'bad_parameter', `${name}=${value}`);
    t.ok(error.message.includes(`"${name}"`), error.message);
    t.ok(error.message.includes(JSON.stringify(got)), error.message);
    t.match(error.message, expected);
  }
});

t.test('a star in a closed set stands for all that it matches', async (t) => {
  const { state, verdict } = parseFilter({ state: ['captured*', 'direct'], verdict: '*matched' }, NOW);
  t.same(state, ['captured', 'captured_nominal', 'direct']);
  t.same(verdict, ['matched', 'expected_unmatched']);
});

t.test('refuses a time span that ends before it begins', async (t) => {
  const error = refusal({ since: '1h', until: '2h' });
  t.equal(error.code, 'bad_parameter');
  t.match(error.message, /"since": got "1h", expected a time before "until"/);
  t.ok(parseFilter({ since: '2h', until: '1h' }, NOW));
});

t.test('a long or odd value is cut and escaped in the message', async (t) => {
  const { message } = refusal({ state: `\u001b[31m\n${'x'.repeat(5_000)}` });
  t.ok(message.length < 400, String(message.length));
  t.ok(
    [...message].every((character) => character >= ' '),
    message,
  );
});

t.test('reads the number of items on a page', async (t) => {
  t.equal(parseLimit(undefined), PAGE_ITEMS_DEFAULT);
  t.equal(parseLimit('1'), 1);
  t.equal(parseLimit(String(PAGE_ITEMS_MAX)), PAGE_ITEMS_MAX);
  for (const text of ['', '0', '-1', '1.5', 'ten', String(PAGE_ITEMS_MAX + 1), '1e3', '99999999999'])
    t.throws(
      () => parseLimit(text),
      { code: 'bad_parameter', message: /"limit".*a number from 1 to 10000/ },
      text,
    );
});
