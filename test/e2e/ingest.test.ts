// Promises: B4 (docs/reliability.md).
/** Lines into a database by the real program: counted, durable, once; also when it is stopped in the middle. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { ended, PATIENCE_MS, PROGRAM, ROOT, runCli, startCli, until } from '../helpers/cli.ts';
import { INCIDENT_LINES, INCIDENT_TEXT } from '../helpers/incident-lines.ts';

t.test('the tally is on stderr, and as JSON on stdout', async (t) => {
  const db = join(t.testdir(), 'mesh.db');
  const first = await runCli(['ingest', '--db', db], { stdin: INCIDENT_TEXT });
  t.match(first, {
    stdout: '',
    stderr: '7 lines read: 6 accepted, 0 duplicates, 1 skipped (no access log), 0 rejected\n',
    exit: 0,
  });
  const again = await runCli(['ingest', '--db', db, '--output', 'json'], { stdin: INCIDENT_TEXT });
  t.strictSame(JSON.parse(again.stdout), {
    received: 7,
    accepted: 0,
    duplicates: 6,
    skipped: 1,
    rejected: 0,
    rejects: [],
  });
});

t.test('several files add up, and a rejected line says where it stands', async (t) => {
  const directory = t.testdir({ 'a.log': INCIDENT_TEXT, 'b.log': `${INCIDENT_TEXT}nonsense\n` });
  const files = ['a.log', 'b.log'].map((name) => join(directory, name));
  const { stdout, stderr } = await runCli([
    'ingest',
    '--db',
    join(directory, 'm.db'),
    '-o',
    'json',
    ...files,
  ]);
  t.match(JSON.parse(stdout), { received: 15, accepted: 6, duplicates: 6, skipped: 2, rejected: 1 });
  t.match(JSON.parse(stdout).rejects, [{ file: files[1], line: 8 }]);
  t.match(
    stderr,
    `rejected ${files[1]}:8: unknown_format: nonsense\nhint: \`meshwake formats detect FILE\` says where`,
  );
});

t.test('a database that is refused takes nothing from a pipe', async (t) => {
  const db = join(t.testdir({ 'm.db': 'x'.repeat(1_000) }), 'm.db');
  // Whoever reads the pipe next gets all of it.
  const command = `"$0" "$@" ingest --db ${db}; echo "exit $?"; cat`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, ...PROGRAM], {
    cwd: ROOT,
    input: INCIDENT_TEXT,
    encoding: 'utf8',
  });
  t.equal(stdout, `exit 1\n${INCIDENT_TEXT}`);
  t.match(stderr, 'it is no SQLite file');
});

t.test('the database is named by the environment, and a flag beats it', async (t) => {
  const directory = t.testdir();
  const env = { MESHWAKE_DB: join(directory, 'env.db') };
  await runCli(['ingest'], { stdin: INCIDENT_TEXT, env });
  t.match((await runCli(['get', 'pairs', '-o', 'json'], { env })).stdout, '"items"');
  const other = await runCli(['get', 'pairs', '--db', join(directory, 'flag.db')], { env });
  t.equal(other.exit, 1, 'there is none');
  t.equal(
    (await runCli(['get', 'pairs'], { env: { MESHWAKE_DBB: 'x' } })).exit,
    2,
    'a misspelt variable is told',
  );
});

t.test('a mistake in the input makes no database', async (t) => {
  const xz = Buffer.from('fd377a585a000004', 'hex');
  const tar = Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\x0000'), Buffer.alloc(248)]);
  const directory = t.testdir({ 'a.log.xz': xz, 'a.tar': tar });
  const db = join(directory, 'm.db');
  const rows: [name: string, said: RegExp][] = [
    ['none.log', /no such file/],
    ['a.log.xz', /compressed with xz[\s\S]*xz -dc \S+a\.log\.xz/],
    ['a.tar', /a tar archive[\s\S]*tar -xOf \S+a\.tar/],
  ];
  for (const [name, said] of rows) {
    t.match(await runCli(['ingest', '--db', db, join(directory, name)]), { exit: 1, stderr: said });
    t.match((await runCli(['get', 'pairs', '--db', db])).stderr, 'no such file', 'there is still none');
  }
});

t.test(
  'what is found wrong when it comes leaves no database either, and one that was there as it was',
  async (t) => {
    const tar = gzipSync(Buffer.concat([Buffer.alloc(257), Buffer.from('ustar'), Buffer.alloc(250)]));
    const db = join(t.testdir(), 'mesh.db');
    const commands = [
      ['ingest', '--db', db],
      ['analyze', '--follow', '--db', db],
    ];
    for (const command of commands) {
      const { stdout, stderr, exit } = await runCli(command, { stdin: tar });
      t.match(
        { stdout, stderr, exit },
        {
          stdout: '',
          stderr: /^error: cannot read standard input: it is a tar archive\nhint: .*\n$/,
          exit: 1,
        },
      );
      t.notOk(existsSync(db), command.join(' '));
    }
    await runCli(['ingest', '--db', db], { stdin: INCIDENT_TEXT });
    t.match(await runCli(['ingest', '--db', db], { stdin: tar }), { exit: 1 });
    t.ok(existsSync(db));
  },
);

t.test('a packed file is read as it is, from its name and from a pipe', async (t) => {
  const bytes = gzipSync(INCIDENT_TEXT);
  const directory = t.testdir({ 'a.log.gz': bytes });
  const db = ['--db', join(directory, 'm.db')];
  const read = await runCli(['ingest', ...db, join(directory, 'a.log.gz')]);
  t.match(read.stderr, /^7 lines read: 6 accepted/);
  t.match(
    (await runCli(['ingest', ...db], { stdin: bytes })).stderr,
    /^7 lines read: 0 accepted, 6 duplicates/,
  );
});

t.test('a packed file that was cut off is told, and what it had is kept', async (t) => {
  const folder = 'so-long-that-the-path-would-be-cut-off'.repeat(5);
  const directory = t.testdir({ [folder]: { 'a.gz': gzipSync(INCIDENT_TEXT.repeat(500)).subarray(0, -8) } });
  const db = join(directory, 'm.db');
  const cut = await runCli(['ingest', '--db', db, join(directory, folder, 'a.gz')]);
  t.match(cut, { exit: 1, stderr: /cannot unpack ".*a\.gz": unexpected end of file[\s\S]*gzip -t/ });
  t.match(cut.stderr, /^3,500 lines read: 6 accepted, 2,994 duplicates, .*; then the input failed$/m);
  t.match((await runCli(['get', 'pairs', '--db', db])).stdout, /(.*\n){3}/, 'two pairs are there');
});

t.test('a named pipe is read once', { skip: process.platform === 'win32' }, async (t) => {
  const directory = t.testdir({ 'a.log': INCIDENT_TEXT });
  const pipe = join(directory, 'pipe');
  const script = 'mkfifo "$1" && { cat "$2" > "$1" & shift 2; "$@"; }';
  const command = [process.execPath, ...PROGRAM, 'ingest', '--db', join(directory, 'm.db'), pipe];
  const { stderr } = spawnSync('bash', ['-c', script, 'bash', pipe, join(directory, 'a.log'), ...command], {
    cwd: ROOT,
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  t.match(stderr, /^7 lines read: 6 accepted/);
});

t.test('Ctrl-C keeps what was read, says so, and ends with 130', async (t) => {
  const db = join(t.testdir(), 'm.db');
  const child = startCli(['ingest', '--db', db]);
  child.stdin.write(INCIDENT_TEXT);
  await until('the lines are stored', async () => {
    const { stdout } = await runCli(['get', 'connections', '--db', db, '-o', 'ndjson']);
    return stdout.split('\n').length > 6 ? true : null;
  });
  child.kill('SIGINT');
  t.match(await ended(child), { exit: 130, stderr: /^7 lines read: 6 accepted/ });
  t.match((await runCli(['get', 'pairs', '--db', db])).stdout, /(.*\n){3}/, 'two pairs are there');
});

t.test('a line of a gigabyte is one rejected line', async (t) => {
  const db = join(t.testdir(), 'm.db');
  const command = [process.execPath, ...PROGRAM, 'ingest', '--db', db, '-o', 'json']
    .map((word) => `'${word}'`)
    .join(' ');
  const script = `{ head -c 1073741824 /dev/zero | tr '\\0' x; echo; cat; } | ${command}`;
  const { stdout, status } = spawnSync('bash', ['-c', script], {
    cwd: ROOT,
    input: INCIDENT_TEXT,
    encoding: 'utf8',
  });
  t.equal(status, 0);
  t.match(JSON.parse(stdout), {
    received: 8,
    accepted: 6,
    skipped: 1,
    rejected: 1,
    rejects: [{ line: 1, reason: 'line_too_long' }],
  });
});

t.test('a closed pipe is a normal end', async (t) => {
  const db = join(t.testdir(), 'm.db');
  const lines = Array.from({ length: 3_000 }, (_, index) =>
    (INCIDENT_LINES[2] ?? '')
      .replace('09:12:01.120', `09:${10 + (index % 40)}:01.${100 + (index % 900)}`)
      .replace(':41022', `:${10_000 + index}`),
  );
  await runCli(['ingest', '--db', db], { stdin: lines.map((line) => `${line}\n`).join('') });
  const child = startCli(['get', 'connections', '--db', db, '-o', 'ndjson']);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdout.once('data', () => child.stdout.destroy());
  await once(child, 'close');
  t.match({ exit: child.exitCode, stderr }, { exit: 0, stderr: '' });
});

const NO_TERMINAL =
  spawnSync('script', ['--version']).error === undefined ? false : 'no `script` here to make a terminal with';

t.test('what a terminal shows has colours, what a pipe gets has none', { skip: NO_TERMINAL }, async (t) => {
  const cwd = t.testdir({ 'inc.log': INCIDENT_TEXT });
  const command = [process.execPath, ...PROGRAM].map((word) => `'${word}'`).join(' ');
  const onTerminal = (env: Record<string, string>, flags = ''): string =>
    spawnSync('script', ['-qec', `${command} analyze ${flags} inc.log`, '/dev/null'], {
      cwd,
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '', ...env },
      encoding: 'utf8',
    }).stdout;
  t.match(onTerminal({}), '\u001b[31mHIGH');
  const rows: [env: Record<string, string>, flags: string][] = [
    [{ NO_COLOR: '1' }, ''],
    [{ TERM: 'dumb' }, ''],
    [{}, '--no-color'],
  ];
  for (const [env, flags] of rows) {
    const shown = onTerminal(env, flags);
    t.match(shown, 'HIGH');
    t.notMatch(shown, '\u001b[3', JSON.stringify([env, flags]));
  }
  t.notMatch((await runCli([], { stdin: INCIDENT_TEXT })).stdout, '\u001b');
});
