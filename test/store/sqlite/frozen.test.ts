// Promises: A8 (docs/reliability.md).
/** Databases of every earlier schema are brought to this one with all they hold, whatever interrupts it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openRuntime } from '../../../src/compose/local.ts';
import { NO_IDENTITY } from '../../../src/domain/entry.ts';
import { checkFile, migrateFile } from '../../../src/store/sqlite/files.ts';
import { newestVersion } from '../../../src/store/sqlite/migrate.ts';
import { ended, startCli } from '../../helpers/cli.ts';
import { buildShim, type Call, NO_SHIM } from '../../helpers/faults/shim.ts';
import { frozenLines, hasFrozen, thaw } from '../../helpers/frozen.ts';
import { firstDifference, type WholeAnswers, wholeAnswers } from '../../helpers/whole-answers.ts';

const LONG = process.env.LONG_TESTS !== undefined;
const EARLIER = Array.from({ length: newestVersion() - 1 }, (_, index) => index + 1);

/** All that a database answers. */
async function answersOf(db: string): Promise<WholeAnswers> {
  const runtime = await openRuntime({ db, mode: 'read', now: Date.now });
  const answers = { ...(await wholeAnswers(runtime.analysis)), rejects: await runtime.store.rejects() };
  await runtime.close();
  return answers;
}

async function ingest(db: string): Promise<unknown> {
  const runtime = await openRuntime({ db, mode: 'write', now: Date.now });
  const stream = runtime.newIngest({ format: null, identity: NO_IDENTITY });
  await stream.write(frozenLines());
  const tally = await stream.end();
  await runtime.close();
  return tally;
}

t.test('each earlier schema has a database that was made by its own code', async (t) => {
  for (const version of EARLIER)
    t.ok(hasFrozen(version), `freeze one of version ${version}: test/fixtures/databases/v${version}.db.gz`);
});

t.test('migrated, it answers as if its lines had been read today', async (t) => {
  const folder = t.testdir({});
  const today = join(folder, 'today.db');
  t.match(await ingest(today), { accepted: 698, duplicates: 59, skipped: 3, rejected: 1 });
  const expected = await answersOf(today);
  t.ok(
    (expected.incidents?.length ?? 0) > 3 && (expected.pairs?.length ?? 0) > 200,
    'there is much to compare',
  );
  for (const version of EARLIER) {
    const db = join(folder, `v${version}.db`);
    thaw(version, db);
    const before = readFileSync(db);
    await t.rejects(openRuntime({ db, mode: 'read', now: Date.now }), { code: 'db_outdated' });
    t.ok(readFileSync(db).equals(before), `version ${version}: to read changes nothing`);
    t.strictSame(migrateFile(db), { from: version, to: newestVersion() });
    t.strictSame(checkFile(db), { ok: true, problems: [] });
    t.equal(firstDifference(expected, await answersOf(db)), null, `version ${version}`);
    t.match(await ingest(db), { accepted: 0, duplicates: 757 }, 'and it knows its lines');
    // Lines that cannot be read are counted each time; all else is as it was.
    const { incidents, pairs, connections } = expected;
    t.equal(firstDifference({ incidents, pairs, connections } as WholeAnswers, await answersOf(db)), null);
  }
});

t.test(
  'a migration that is killed, or finds no space, is done by the next one',
  { skip: NO_SHIM },
  async (t) => {
    const withFaults = buildShim(t);
    const data = join(t.testdir({ data: {} }), 'data');
    mkdirSync(data, { recursive: true });
    const kills: [call: Call, suffix: string, nth: number][] = [
      ['write', '', 2],
      ['write', '-wal', 1],
      ['write', '-wal', 12],
      ['sync', '-wal', 1],
      ['write', '.db', 5],
      ['unlink', '-wal', 1],
    ];
    let killed = 0;
    for (const version of EARLIER) {
      const whole = join(data, 'whole.db');
      thaw(version, whole);
      migrateFile(whole);
      const expected = await answersOf(whole);
      for (const [call, suffix, nth] of kills) {
        const db = join(data, `v${version}.db`);
        thaw(version, db);
        const env = withFaults({ folder: data, kill: { call, suffix, nth, when: 'after' } });
        const child = startCli(['db', 'migrate', '--db', db], { env });
        child.stdin.end();
        await ended(child);
        if (child.signalCode === 'SIGKILL') killed++;
        t.equal(migrateFile(db).to, newestVersion());
        t.strictSame(
          checkFile(db),
          { ok: true, problems: [] },
          `version ${version}, ${call}${suffix} ${nth}`,
        );
        t.equal(firstDifference(expected, await answersOf(db)), null);
      }
      const db = join(data, `v${version}.db`);
      thaw(version, db);
      const env = withFaults({ folder: data, error: { call: 'write', suffix: '-wal', nth: 3, errno: 28 } });
      const child = startCli(['db', 'migrate', '--db', db], { env });
      child.stdin.end();
      t.match(await ended(child), { exit: 1, stderr: /no space left/ });
      migrateFile(db);
      t.equal(firstDifference(expected, await answersOf(db)), null, 'and there is space again');
    }
    t.ok(killed >= 4 * EARLIER.length, `${killed} were killed`);
  },
);

const MORE_DAMAGES: [at: number, bytes: Buffer][] = [
  [4_000, Buffer.alloc(200, 0xff)],
  [5_000, Buffer.from([0x55])],
];
/** What is written over a page, and where in it. */
const DAMAGES: [at: number, bytes: Buffer][] = [
  [20, Buffer.alloc(64, 0xff)],
  [8_000, Buffer.alloc(150, 0)],
  ...(LONG ? MORE_DAMAGES : []),
];
const PAGE_BYTES = 8_192;

t.test('damage to any page is told or does no harm, and is left as it is', async (t) => {
  const db = join(t.testdir({}), 'm.db');
  thaw(newestVersion() - 1, db);
  migrateFile(db);
  const good = readFileSync(db);
  const outcomes: Record<string, number> = {};
  const codeOf = (error: unknown): string => {
    const { name, code, stack } = error as { name: string; code: string; stack: string };
    if (name !== 'AppError') t.fail(stack);
    return code;
  };
  const check = (): string => {
    try {
      return checkFile(db).ok ? 'not found' : 'found';
    } catch (error) {
      return codeOf(error);
    }
  };
  for (const [at, bytes] of DAMAGES)
    for (let page = 0; page < good.length / PAGE_BYTES; page++) {
      const bad = Buffer.from(good);
      bytes.copy(bad, page * PAGE_BYTES + at);
      writeFileSync(db, bad);
      const found = check();
      const asked = await answersOf(db).then(() => 'answered', codeOf);
      if (!readFileSync(db).equals(bad)) t.fail(`page ${page} was changed`);
      outcomes[`${found}, ${asked}`] = (outcomes[`${found}, ${asked}`] ?? 0) + 1;
      if (found === 'not found' && asked !== 'answered')
        t.fail(`page ${page} at ${at}: ${asked}, but the check finds nothing`);
    }
  t.comment(JSON.stringify(outcomes));
  t.ok((outcomes['found, db_damaged'] ?? 0) > 10, 'damage was met');
});
