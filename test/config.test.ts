// Promises: L10 (docs/reliability.md).
import t from 'tap';
import {
  envName,
  parseTokens,
  readConfig,
  readListen,
  readRetention,
  readSize,
  readTarget,
} from '../src/config.ts';
import { AppError } from '../src/domain/errors.ts';

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
  return 'none';
};

t.test('a flag beats the environment, which beats the default', async (t) => {
  const rows: [flags: { db?: string }, env: Record<string, string>, value: string, source: string][] = [
    [{}, {}, 'meshwake.db', 'default'],
    [{}, { MESHWAKE_DB: 'env.db' }, 'env.db', 'environment'],
    [{}, { MESHWAKE_DB: '' }, 'meshwake.db', 'default'],
    [{ db: 'flag.db' }, { MESHWAKE_DB: 'env.db' }, 'flag.db', 'flag'],
  ];
  for (const [flags, env, value, source] of rows) {
    const config = readConfig(flags, env);
    t.equal(config.get('db'), value);
    t.equal(config.source('db'), source);
  }
});

t.test(
  'an unknown variable with our prefix is an error, what Kubernetes sets for a Service is not',
  async (t) => {
    t.equal(
      codeOf(() => readConfig({}, { MESHWAKE_DBB: 'x' })),
      'usage',
    );
    t.equal(
      codeOf(() => readConfig({}, { MESHWAKE_SERVICE_HOST: '10.0.0.1', MESHWAKE_PORT_8710_TCP: 'tcp://x' })),
      'none',
    );
    t.equal(envName('token-file'), 'MESHWAKE_TOKEN_FILE');
  },
);

t.test('a server is asked when it is named more plainly than a file', async (t) => {
  const url = 'http://127.0.0.1:8710';
  const rows: [flags: Record<string, string>, env: Record<string, string>, kind: string][] = [
    [{}, {}, 'db'],
    [{ server: url }, {}, 'server'],
    [{}, { MESHWAKE_SERVER: url }, 'server'],
    [{ db: 'a.db' }, { MESHWAKE_SERVER: url }, 'db'],
    [{ server: url }, { MESHWAKE_DB: 'a.db' }, 'server'],
  ];
  for (const [flags, env, kind] of rows)
    t.equal(readTarget(readConfig(flags, env)).kind, kind, JSON.stringify([flags, env]));
  t.equal(
    codeOf(() => readTarget(readConfig({ db: 'a', server: url }, {}))),
    'usage',
    'both as flags',
  );
  t.equal(
    codeOf(() => readTarget(readConfig({}, { MESHWAKE_DB: 'a', MESHWAKE_SERVER: url }))),
    'usage',
    'both as variables',
  );
});

t.test('refuses what is no address of a server', async (t) => {
  for (const server of ['meshwake:8710', 'ftp://x', 'http://u:p@x']) {
    const code = codeOf(() => readTarget(readConfig({ server }, {})));
    t.equal(code, 'bad_parameter', JSON.stringify(server));
  }
});

t.test('reads addresses to listen on, and knows which ones others can reach', async (t) => {
  const rows: [text: string, host: string, port: number, loopback: boolean][] = [
    ['127.0.0.1:8710', '127.0.0.1', 8710, true],
    ['localhost:0', 'localhost', 0, true],
    ['[::1]:80', '::1', 80, true],
    ['8710', '127.0.0.1', 8710, true],
    [':8710', '0.0.0.0', 8710, false],
    ['0.0.0.0:8710', '0.0.0.0', 8710, false],
    ['[::]:8710', '::', 8710, false],
    ['127.evil.example:80', '127.evil.example', 80, false],
  ];
  for (const [text, host, port, loopback] of rows)
    t.strictSame(readListen(text), { host, port, loopback }, text);
  for (const text of ['', 'x', '1.2.3.4', '1.2.3.4:99999', '::1:80', 'http://x:1']) {
    t.equal(
      codeOf(() => readListen(text)),
      'bad_parameter',
      text,
    );
  }
});

t.test('reads tokens by name and scope', async (t) => {
  const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';
  t.strictSame(parseTokens(`# shippers\nstern ingest ${secret}\n\nall ingest,read ${secret}x\r\n`), [
    { name: 'stern', scopes: ['ingest'], token: secret },
    { name: 'all', scopes: ['ingest', 'read'], token: `${secret}x` },
  ]);
});

t.test('refuses tokens that are wrong, and never shows them', async (t) => {
  const secret = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';
  const rows = [
    '',
    '# nothing',
    `only ${secret}`,
    `a write ${secret}`,
    'a read short',
    `a read ${secret} more`,
    `a read ${secret}\na read ${secret}`,
  ];
  for (const text of rows) {
    t.throws(() => parseTokens(text), { code: 'bad_parameter' }, text);
    try {
      parseTokens(text);
    } catch (error) {
      t.notMatch(String(error), secret);
    }
  }
});

t.test('reads sizes, and durations that somebody can mean', async (t) => {
  t.equal(readSize('64MiB'), 67_108_864);
  t.equal(readSize('1GiB'), 1_073_741_824);
  t.equal(readSize('0'), 0);
  for (const wrong of ['', '1MB', '-1', '1.5GiB', 'MiB', '1 GiB', '9999999999'])
    t.throws(() => readSize(wrong), { code: 'bad_parameter' }, wrong);
  t.equal(readRetention('7d'), 7 * 86_400_000);
  for (const wrong of ['59m', '999999999d', '36501d', 'x'])
    t.throws(() => readRetention(wrong), { code: 'bad_parameter' }, wrong);
});

t.test('a flag with an empty value is an error, an empty variable is none', async (t) => {
  t.throws(() => readConfig({ db: '' }, {}), { code: 'usage', message: /--db: its value is empty/ });
  t.throws(() => readConfig({ token_file: '' }, {}), { message: /--token-file: its value is empty/ });
  t.equal(readConfig({}, { MESHWAKE_DB: '' }).get('db'), 'meshwake.db');
});
