import t from 'tap';
import { nextCommands, quote } from '../../src/cli/next-commands.ts';
import { makeReport } from '../helpers/report.ts';

const report = makeReport('web');

t.test('asks about the address of the incident, in the database that the lines went to', async (t) => {
  const next = nextCommands(report, ['proxy.log'], 'mesh.db');
  t.match(next[0], /^npx meshwake explain 10\.40\.2\.8:6379 --db mesh\.db +# /);
  t.match(next[1], /^npx meshwake get pairs --port 6379 --db mesh\.db +# /);
});

t.test('says first how to keep lines that were not kept', async (t) => {
  t.match(nextCommands(report, ['a b.log'], null)[0], /^npx meshwake ingest 'a b\.log' +# /);
  t.match(nextCommands(report, [], null)[0], /^stern \. -A -c istio-proxy \| npx meshwake ingest +# /);
});

t.test('knows nothing to do after nothing', async (t) => {
  t.strictSame(nextCommands({ ...report, summary: { ...report.summary, lines: 0 } }, [], null), []);
});

t.test('quotes what means something to a shell', async (t) => {
  t.equal(quote('a-b_c.log'), 'a-b_c.log');
  t.equal(quote("it's"), `'it'\\''s'`);
  t.equal(quote('$(x)'), `'$(x)'`);
});
