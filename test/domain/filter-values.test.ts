import t from 'tap';
import { AppError } from '../../src/domain/errors.ts';
import { parseFilter } from '../../src/domain/filter.ts';
import { isKnownFlag } from '../../src/domain/filter-values.ts';

/** The remedy of the error that a value is refused with; null when it is taken. */
function remedyFor(name: string, value: string): string | null {
  try {
    parseFilter({ [name]: value }, 0);
    return null;
  } catch (caught) {
    if (caught instanceof AppError && caught.code === 'bad_parameter') return caught.remedy;
    throw caught;
  }
}

t.test('a misspelt value is refused, and what may have been meant is named', async (t) => {
  const rows: [name: string, value: string, meant: string][] = [
    ['state', 'captred', 'captured'],
    ['state', 'Captured', 'captured'],
    ['verdict', 'unexplaind', 'unexplained'],
    ['severity', 'criticla', 'critical'],
    ['direction', 'outbuond', 'outbound'],
    ['diagnosis', 'catch_all_captre', 'catch_all_capture'],
    ['kind', 'passthrough_to_captred', 'passthrough_to_captured'],
    ['kind', 'TCP', 'tcp'],
    ['response_flag', 'uf', 'UF'],
    ['response_flag', 'umsdr', 'UMSDR'],
  ];
  for (const [name, value, meant] of rows)
    t.equal(remedyFor(name, value), `did you mean ${meant}?`, `${name}=${value}`);
});

t.test('a value that is like none, and a pattern that matches none, are refused as well', async (t) => {
  for (const [name, value] of [
    ['state', 'x*'],
    ['state', ''],
    ['kind', 'udp'],
    ['kind', '*_to_nowhere'],
    ['diagnosis', 'misconfiguration'],
    ['response_flag', 'no flag'],
    ['response_flag', ''],
  ] as const)
    t.match(remedyFor(name, value), /^correct the value/, `${name}=${value}`);
});

t.test('patterns of what there is are taken', async (t) => {
  for (const [name, value] of [
    ['state', 'captured*'],
    ['kind', '*_to_captured'],
    ['kind', 'full'],
    ['diagnosis', '*capture'],
    ['diagnosis', 'clock_skew'],
    ['response_flag', 'U*'],
  ] as const)
    t.equal(remedyFor(name, value), null, `${name}=${value}`);
});

t.test('a flag of a newer Envoy is taken, and told from those that we know', async (t) => {
  t.equal(remedyFor('response_flag', 'XYZ'), null);
  t.strictSame(
    ['UF', 'U*', '*', 'XYZ', 'Q*'].map((flag) => isKnownFlag(flag)),
    [true, true, true, false, false],
  );
});
