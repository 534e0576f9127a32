import t from 'tap';
import { nextCommands, quote } from '../../src/cli/next-commands.ts';
import type { Coverage } from '../../src/domain/coverage.ts';
import { makeLogReport } from '../helpers/report.ts';

const report = makeLogReport('web');

t.test('asks about the address of the incident, in the database that the lines went to', async (t) => {
  const next = nextCommands(report, ['proxy.log'], 'mesh.db');
  t.match(next[0], /^npx meshwake explain 10\.40\.2\.8:6379 --db mesh\.db +# /);
  t.match(next[1], /^npx meshwake get pairs --port 6379 --db mesh\.db +# /);
});

t.test('says first how to keep lines that were not kept', async (t) => {
  t.match(nextCommands(report, ['a b.log'], null)[0], /^npx meshwake ingest 'a b\.log' +# /);
  t.match(nextCommands(report, [], null)[0], /^stern \. -A -c istio-proxy \| npx meshwake ingest +# /);
});

t.test('asks for coverage where something was not seen', async (t) => {
  const asked = (coverage: Coverage): boolean =>
    nextCommands({ ...report, coverage }, [], 'mesh.db').some((command) =>
      command.includes('get coverage --db mesh.db'),
    );
  const { coverage } = report;
  const { pairing } = coverage;
  const whole = { ...coverage, pods: [], peers_total: 0, pairing: { ...pairing, unexplained_rate: 0.01 } };
  t.notOk(asked(whole));
  t.ok(asked({ ...whole, pods: coverage.pods }), 'a log with a hole');
  t.ok(asked({ ...whole, peers_total: 1 }), 'a log that was not read');
  t.ok(asked({ ...whole, pairing: { ...pairing, unexplained_rate: 0.02 } }), 'many lines unexplained');
  t.notOk(asked({ ...whole, pairing: { ...pairing, unexplained_rate: null } }), 'nothing to be explained');
});

t.test('knows nothing to do after nothing', async (t) => {
  t.strictSame(nextCommands({ ...report, summary: { ...report.summary, lines: 0 } }, [], null), []);
});

t.test('quotes what means something to a shell', async (t) => {
  t.equal(quote('a-b_c.log'), 'a-b_c.log');
  t.equal(quote("it's"), `'it'\\''s'`);
  t.equal(quote('$(x)'), `'$(x)'`);
});
