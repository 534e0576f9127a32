/** Programs that send lines over HTTP, as they come with a system; each is tried where it is there. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { until } from '../helpers/cli.ts';
import { INCIDENT_LINES } from '../helpers/incident-lines.ts';
import { type Server, serve } from '../helpers/serve.ts';

/** The lines without stern's prefix; the seventh is of the proxy itself. */
const BARE = INCIDENT_LINES.map((line) => line.replace(/^\S+ istio-proxy /, ''));
const TEXT = BARE.map((line) => `${line}\n`).join('');
const HELD = 6;
const WEB = Array.from({ length: HELD }, () => ['web-0', 'shop']);

/** Waits until all lines are there. */
async function arrived(server: Server): Promise<unknown[][]> {
  return until('all lines are there', async () => {
    const lines = await server.lines('pod', 'namespace');
    return lines.length >= HELD ? lines : null;
  });
}

/** True where a program can be started. */
const has = (program: string, ...args: string[]): boolean => spawnSync(program, args).error === undefined;
const MODULES = process.env.RSYSLOG_MODDIR ?? '/usr/lib/x86_64-linux-gnu/rsyslog';
const hasModule = (folder: string, pattern: RegExp): boolean =>
  existsSync(folder) &&
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => pattern.test(name));

const NO_CURL = has('curl', '--version') ? false : 'no curl here: apt-get install curl';
const NO_SYSLOG_NG =
  has('syslog-ng', '--version') && hasModule('/usr/lib/syslog-ng', /libhttp\.so$/)
    ? false
    : 'no syslog-ng with http() here: apt-get install syslog-ng-core syslog-ng-mod-http';
const NO_RSYSLOG =
  has('rsyslogd', '-v') && hasModule(MODULES, /omelasticsearch\.so$/)
    ? false
    : 'no rsyslog with omelasticsearch here (Debian has no omhttp): apt-get install rsyslog rsyslog-elasticsearch';

t.test('curl', { skip: NO_CURL }, async (t) => {
  const directory = t.testdir({
    'proxy.log': TEXT,
    'proxy.log.gz': gzipSync(TEXT),
    array: JSON.stringify(BARE.map((message) => ({ message }))),
  });
  const server = await serve(t, ['--db', join(directory, 'm.db')]);
  const curl = (path: string, file: string, ...headers: string[]) => {
    const args = ['-sS', '--fail-with-body', '--data-binary', `@${join(directory, file)}`];
    const { stdout, stderr, status } = spawnSync(
      'curl',
      [...args, ...headers.flatMap((header) => ['-H', header]), `${server.url}${path}`],
      { encoding: 'utf8' },
    );
    t.equal(status, 0, stderr + stdout);
    return JSON.parse(stdout);
  };
  const path = '/api/v1/ingest?pod=web-0&namespace=shop';
  t.match(curl(path, 'proxy.log', 'Content-Type: text/plain'), { received: 7, accepted: 6, skipped: 1 });
  const again = { received: 7, duplicates: 6, skipped: 1 };
  t.match(curl(path, 'proxy.log.gz', 'Content-Type: text/plain', 'Content-Encoding: gzip'), again);
  t.match(curl(path, 'proxy.log', 'Content-Type: text/plain', 'Transfer-Encoding: chunked'), again);
  t.match(curl(path, 'proxy.log', 'Content-Type: text/plain', 'Expect: 100-continue'), again);
  t.match(curl(path, 'array', 'Content-Type: application/json'), again);
  t.strictSame(await arrived(server), WEB);
});

/** Runs a daemon until the lines of a file have arrived. */
async function whileRunning(start: () => ChildProcess, server: Server): Promise<unknown[][]> {
  const child = start();
  try {
    return await arrived(server);
  } finally {
    child.kill('SIGKILL');
  }
}

t.test('syslog-ng, lines', { skip: NO_SYSLOG_NG }, async (t) => {
  const directory = t.testdir({ 'proxy.log': TEXT });
  const server = await serve(t, ['--db', join(directory, 'm.db')]);
  const file = join(directory, 'syslog-ng.conf');
  writeFileSync(
    file,
    `@version: 3.38
source proxies { file("${join(directory, 'proxy.log')}" flags(no-parse) follow-freq(0.2)); };
destination meshwake {
  http(
    url("${server.url}/api/v1/ingest?pod=web-0&namespace=shop")
    method("POST") headers("Content-Type: text/plain")
    body("\${MESSAGE}") delimiter("\\n") body-suffix("\\n")
    batch-lines(1000) batch-timeout(500) retries(10)
  );
};
log { source(proxies); destination(meshwake); };
`,
  );
  const names = ['persist', 'control', 'pid'].map((name) => join(directory, name));
  const [persist = '', control = '', pid = ''] = names;
  const args = ['-F', '--no-caps', '-f', file, '-R', persist, '-c', control, '-p', pid];
  t.strictSame(await whileRunning(() => spawn('syslog-ng', args, { stdio: 'ignore' }), server), WEB);
});

t.test('rsyslog, as it writes to Elasticsearch', { skip: NO_RSYSLOG }, async (t) => {
  const directory = t.testdir({ 'proxy.log': TEXT });
  const server = await serve(t, ['--db', join(directory, 'm.db')]);
  const file = join(directory, 'rsyslog.conf');
  const { port } = new URL(server.url);
  writeFileSync(
    file,
    `global(workDirectory="${directory}" maxMessageSize="256k")
module(load="imfile" pollingInterval="1")
module(load="omelasticsearch")
input(type="imfile" file="${join(directory, 'proxy.log')}" tag="envoy")
template(name="document" type="list") {
  constant(value="{\\"message\\":\\"") property(name="msg" format="jsonr")
  constant(value="\\",\\"kubernetes\\":{\\"pod\\":{\\"name\\":\\"web-0\\"},\\"namespace\\":\\"shop\\"}}")
}
action(
  type="omelasticsearch" server="127.0.0.1" serverport="${port}" template="document"
  searchIndex="mesh" searchType="" bulkmode="on" action.resumeRetryCount="-1"
)
`,
  );
  const args = ['-n', '-f', file, '-i', join(directory, 'pid')];
  t.strictSame(await whileRunning(() => spawn('rsyslogd', args, { stdio: 'ignore' }), server), WEB);
});
