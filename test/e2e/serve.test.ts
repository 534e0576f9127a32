// Promises: A9 (docs/reliability.md).
/** The server as a process, and the commands that talk to it. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import t from 'tap';
import { ended, runCli, startCli, waitFor } from '../helpers/cli.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';

const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';

/** Starts a server on a free port; it is stopped with the test. */
async function serve(t: Tap, args: readonly string[]) {
  const child = startCli(['serve', '--listen', '127.0.0.1:0', ...args]);
  t.teardown(() => void child.kill('SIGKILL'));
  const [, url = ''] = await waitFor(child.stderr, /on (http:\/\/\S+)/);
  return { child, url };
}

type Tap = Pick<typeof t, 'teardown'>;

t.test('lines go in by command, and every question is answered as from the file', async (t) => {
  const db = join(t.testdir(), 'm.db');
  const { child, url } = await serve(t, ['--db', db]);
  const sent = await runCli(['ingest', '--server', url, '-o', 'json'], { stdin: INCIDENT_TEXT });
  t.match(JSON.parse(sent.stdout), { received: 7, accepted: 6, skipped: 1 });
  const questions = [
    ['get', 'connections', '-o', 'csv'],
    ['get', 'pairs', '-o', 'ndjson'],
    ['get', 'routes', '-o', 'wide'],
    ['get', 'shifts'],
    ['get', 'incidents', '-o', 'json'],
    [
      'get',
      'connections',
      '--state',
      'captured',
      '--upstream_cluster',
      'outbound|6379||redis*',
      '-o',
      'ndjson',
    ],
    ['get', 'coverage'],
    ['get', 'coverage', '-o', 'json', '--pod', 'cache-*', '--limit', '1'],
    ['get', 'coverage', '-o', 'csv'],
    ['get', 'coverage', '-o', 'ndjson', '--limit', '1'],
    ['get', 'topology'],
    ['get', 'topology', '-o', 'wide', '--limit', '3'],
    ['get', 'topology', '-o', 'csv', '--state', 'captured'],
    ['get', 'topology', '-o', 'json', '--pod', 'nobody'],
    ['get', 'timeseries', '--step', '5m', '--group-by', 'state', '--group-by', 'port'],
    ['get', 'timeseries', '--metric', 'duration_p95', '--step', '1h', '--group-by', 'source', '-o', 'csv'],
    ['get', 'timeseries', '--step', '1h', '--group-by', 'state', '--limit', '1', '-o', 'ndjson'],
    ['get', 'timeseries', '--step', '1d', '-o', 'json'],
    ['explain', '10.40.2.8:6379'],
    ['explain', '10.40.2.8', '-o', 'json'],
  ];
  for (const question of questions) {
    const [fromServer, fromFile] = await Promise.all([
      runCli([...question, '--server', url]),
      runCli([...question, '--db', db]),
    ]);
    t.equal(fromServer.exit, 0, question.join(' '));
    t.equal(fromServer.stdout, fromFile.stdout);
    t.ok(fromServer.stdout.length > 0);
  }
  const missing = await runCli(['get', 'pairs', 'nope', '--server', url]);
  t.match(missing, { exit: 1, stderr: /cannot find "nope" among pairs/ });
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
});

t.test('SIGTERM lets a request under way end, and what it sent is kept', async (t) => {
  const db = join(t.testdir(), 'm.db');
  const { child, url } = await serve(t, ['--db', db]);
  const result = ended(child);
  const sending = request(`${url}/api/v1/ingest`, {
    method: 'POST',
    // The server says so when it has taken the request up.
    headers: { 'content-type': 'text/plain', expect: '100-continue' },
  });
  sending.flushHeaders();
  await once(sending, 'continue');
  const half = INCIDENT_TEXT.length / 2;
  sending.write(INCIDENT_TEXT.slice(0, half));
  const stopping = waitFor(child.stderr, /stopping: requests under way are answered first/);
  child.kill('SIGTERM');
  await stopping;
  sending.end(INCIDENT_TEXT.slice(half));
  // Node.js emits the answer alone.
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  t.match(await json(response), { received: 7, accepted: 6 });
  t.match(await result, { exit: 0 });
  t.equal(
    (await runCli(['get', 'pairs', '--db', db, '-o', 'ndjson'])).stdout.trimEnd().split('\n').length,
    2,
  );
});

t.test('with tokens, each may do what its scope says', async (t) => {
  const directory = t.testdir({
    tokens: `shipper ingest ${SECRET}1\nreader read ${SECRET}2\n`,
    shipper: `${SECRET}1\n`,
    reader: `${SECRET}2\n`,
  });
  const { child, url } = await serve(t, [
    '--db',
    join(directory, 'm.db'),
    '--token-file',
    join(directory, 'tokens'),
  ]);
  const as = (name: string) => ['--server', url, '--token-file', join(directory, name)];
  t.match(await runCli(['ingest', ...as('shipper')], { stdin: INCIDENT_TEXT }), { exit: 0 });
  t.match(await runCli(['ingest', ...as('reader')], { stdin: INCIDENT_TEXT }), {
    exit: 1,
    stderr: /lacks the scope "ingest"/,
  });
  t.match(await runCli(['get', 'incidents', ...as('reader')]), { exit: 0, stdout: /catch_all_capture/ });
  t.match(await runCli(['get', 'incidents', ...as('shipper')]), {
    exit: 1,
    stderr: /lacks the scope "read"/,
  });
  t.match(await runCli(['get', 'incidents', '--server', url]), { exit: 2, stderr: /without a token/ });
  t.equal((await fetch(`${url}/readyz`)).status, 200, 'health needs none');
  child.kill('SIGTERM');
  t.notMatch((await ended(child)).stderr, SECRET);
});

t.test('with --retention, what is older is forgotten while it serves', async (t) => {
  const db = join(t.testdir(), 'm.db');
  await runCli(['ingest', '--db', db], { stdin: INCIDENT_TEXT });
  const { child, url } = await serve(t, ['--db', db, '--retention', '7d']);
  await waitFor(child.stderr, /^6 lines that started before .* forgotten$/m);
  t.equal((await runCli(['get', 'connections', '--server', url, '-o', 'ndjson'])).stdout, '');
  child.kill('SIGTERM');
  t.match(await ended(child), { exit: 0 });
  t.match(await runCli(['db', 'check', '--db', db]), { exit: 0 });
  t.match(await runCli(['serve', '--db', db, '--retention', '5m']), {
    exit: 2,
    stderr: /cannot keep lines for "5m": expected a duration from an hour to 100 years/,
  });
});

t.test('an address that is taken is told', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  t.teardown(() => void other.close());
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const result = await runCli(['serve', '--listen', `127.0.0.1:${port}`, '--db', join(t.testdir(), 'm.db')]);
  t.match(result, {
    exit: 1,
    stderr: `error: cannot listen on 127.0.0.1:${port}: another program does\nhint: choose another with --listen`,
  });
});

t.test('a second server on the same file is refused', async (t) => {
  const db = join(t.testdir(), 'm.db');
  await serve(t, ['--db', db]);
  const second = await runCli(['serve', '--listen', '127.0.0.1:0', '--db', db]);
  t.match(second, { exit: 1, stderr: /another meshwake is writing to it\nhint: stop the other meshwake/ });
});
