import { Command } from 'commander';
import t from 'tap';
import { addFilters, filtersOf, normalizeFlags, readOptionsOf } from '../../src/cli/flags.ts';
import { FILTER_NAMES } from '../../src/domain/filter.ts';

t.test('every filter of the API is a flag, in both spellings, any number of times', async (t) => {
  for (const name of FILTER_NAMES) {
    for (const flag of [`--${name}`, `--${name.replaceAll('_', '-')}`]) {
      const command = new Command('get');
      addFilters(command);
      command.parse(normalizeFlags([flag, 'a', `${flag}=b`]), { from: 'user' });
      t.strictSame(filtersOf(command.opts()), { [name]: ['a', 'b'] }, flag);
    }
  }
});

t.test('only the names of flags are respelled', async (t) => {
  const rows: [given: string[], normalized: string[]][] = [
    [['--upstream_cluster=a_b'], ['--upstream-cluster=a_b']],
    [
      ['get', 'my_file', '-o', 'x_y'],
      ['get', 'my_file', '-o', 'x_y'],
    ],
    [
      ['--', '--a_b'],
      ['--', '--a_b'],
    ],
  ];
  for (const [given, normalized] of rows) t.strictSame(normalizeFlags(given), normalized);
});

t.test('a format is a file when there is one of this name, else a format string', async (t) => {
  const directory = t.testdir({ format: '[%START_TIME%] %UPSTREAM_HOST%\n' });
  const options = await readOptionsOf({ format: `${directory}/format` });
  t.equal(options.format, '[%START_TIME%] %UPSTREAM_HOST%');
  t.equal((await readOptionsOf({ format: '%START_TIME%' })).format, '%START_TIME%');
  t.strictSame((await readOptionsOf({ pod: 'web-0' })).identity, {
    pod: 'web-0',
    namespace: null,
    container: null,
    node: null,
  });
});
