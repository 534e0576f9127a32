/** Where the output cannot go: a full disk is told, a closed pipe is a normal end. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pick from 'stream-json/filters/pick.js';
import streamArray from 'stream-json/streamers/stream-array.js';
import t from 'tap';
import { PROGRAM, ROOT, runCli } from '../helpers/cli.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';

/** A device that takes nothing, as a full disk. */
const FULL = '/dev/full';

t.test(
  'a full disk under standard output is told, and the command has failed',
  { skip: existsSync(FULL) ? false : `there is no ${FULL} here` },
  async (t) => {
    const directory = t.testdir({ 'a.log': INCIDENT_TEXT });
    const log = join(directory, 'a.log');
    const db = ['--db', join(directory, 'm.db')];
    const commands = [
      ['ingest', '-o', 'json', ...db, log],
      ['get', 'pairs', ...db],
      ['get', 'connections', '-o', 'ndjson', ...db],
      ['analyze', log],
      ['analyze', '--follow', log],
      ['formats', 'detect', log],
      ['--help'],
      ['--version'],
    ];
    for (const command of commands) {
      const full = openSync(FULL, 'w');
      const { status, stderr } = spawnSync(process.execPath, [...PROGRAM, ...command], {
        cwd: ROOT,
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
      closeSync(full);
      t.equal(status, 1, command.join(' '));
      t.match(
        stderr,
        /error: cannot write standard output: no space left on the device \(ENOSPC\)\nhint: free space/,
      );
      t.notMatch(stderr, /internal error/);
    }
    t.match((await runCli(['get', 'pairs', ...db])).stdout, /(.*\n){3}/, 'the lines were kept all the same');
  },
);

t.test('a closed pipe is a normal end, also for help', async (t) => {
  for (const command of ['--help', 'get --help', 'samples/incident-article.log', 'formats -o json']) {
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', `set -o pipefail; "$@" | true`, 'bash', process.execPath, ...PROGRAM, ...command.split(' ')],
      { cwd: ROOT, encoding: 'utf8' },
    );
    t.equal(status, 0, command);
    t.notMatch(stderr, /error/, command);
  }
});

t.test(
  'a list as one JSON document has the items of the list as NDJSON, for a parser that is not ours',
  async (t) => {
    const db = join(t.testdir(), 'm.db');
    await runCli(['ingest', '--db', db], { stdin: INCIDENT_TEXT });
    const list = ['get', 'connections', '--db', db];
    const document = (await runCli([...list, '-o', 'json', '--limit', '10000'])).stdout;
    const items: unknown[] = [];
    const parsed = Readable.from([document]).pipe(pick.withParserAsStream({ filter: 'items' }));
    for await (const { value } of parsed.pipe(streamArray.asStream()) as AsyncIterable<{ value: unknown }>) {
      items.push(value);
    }
    const lines = (await runCli([...list, '-o', 'ndjson'])).stdout.trimEnd().split('\n');
    const ndjson = lines.map((line): unknown => JSON.parse(line));
    t.equal(items.length, 6);
    const byId = (a: unknown, b: unknown) => JSON.stringify(a).localeCompare(JSON.stringify(b));
    t.same(items.sort(byId), ndjson.sort(byId));
  },
);
