import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import type { LineQuery } from '../../../src/domain/ports.ts';
import { backupFile, checkFile, migrateFile, pruneFile } from '../../../src/store/sqlite/files.ts';
import { newestVersion } from '../../../src/store/sqlite/migrate.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { makePair } from '../../helpers/lines.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const SOURCES = new URL('../../../src/store/sqlite/', import.meta.url).href;
const START = Date.UTC(2024, 2, 5);
const ALL: LineQuery = {
  since: null,
  until: null,
  shapes: null,
  order: 'oldest',
  after: null,
  limit: 10_000,
};

const root = mkdtempSync(join(tmpdir(), 'meshwake-files-'));
t.teardown(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

function newFolder(): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return folder;
}

async function makeDatabase(): Promise<{ path: string; target: string; folder: string }> {
  const folder = newFolder();
  const path = join(folder, 'meshwake.db');
  const store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
  await store.append(
    columnsOf([1, 2, 3].flatMap((n) => makePair({ start: START + n * 60_000, port: 40_000 + n * 2 }))),
    [],
  );
  await store.close();
  return { path, folder, target: join(folder, 'copy.db') };
}

async function linesOf(path: string) {
  const store = openSqliteStore({ path, mode: 'read', rules: pairingRules });
  const lines = await store.lines(ALL);
  await store.close();
  return lines;
}

/** Makes a database so large that copying it takes many steps. */
function grow(path: string): void {
  const { db, close } = openDatabase({ path, mode: 'write' });
  db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 16000)
    INSERT INTO text (value) SELECT i || hex(randomblob(600)) FROM n`);
  close();
}

t.test('nothing is made where no database is', async (t) => {
  const folder = newFolder();
  const path = join(folder, 'meshwake.db');
  const missing = { name: 'AppError', code: 'db_missing' };
  t.throws(() => migrateFile(path), missing);
  t.throws(() => checkFile(path), missing);
  await t.rejects(pruneFile(path, START), missing);
  await t.rejects(backupFile(path, join(folder, 'copy.db')), missing);
  t.same(readdirSync(folder), []);
});

t.test('a database of today needs no migration, an empty file gets all of them', async (t) => {
  const { path, folder } = await makeDatabase();
  t.same(migrateFile(path), { from: newestVersion(), to: newestVersion() });
  const empty = join(folder, 'empty.db');
  writeFileSync(empty, '');
  t.same(migrateFile(empty), { from: 0, to: newestVersion() });
  t.same(checkFile(empty), { ok: true, problems: [] });
});

t.test('what changes a database waits for nobody, what reads it needs no turn', async (t) => {
  const { path, target } = await makeDatabase();
  const writer = openDatabase({ path, mode: 'write' });
  t.throws(() => migrateFile(path), { code: 'db_locked' });
  await t.rejects(pruneFile(path, START), { code: 'db_locked' });
  t.same(checkFile(path), { ok: true, problems: [] });
  await backupFile(path, target);
  writer.close();
  t.same(await linesOf(target), await linesOf(path));
});

t.test('a copy is whole, and has what is still in the log of a database in use', async (t) => {
  const { path, target, folder } = await makeDatabase();
  const store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
  await store.append(columnsOf(makePair({ start: START + 600_000, port: 41_000 })), []);
  await backupFile(path, target);
  await store.append(columnsOf(makePair({ start: START + 900_000, port: 41_002 })), []);
  await store.close();
  t.equal((await linesOf(target)).length, 8);
  t.same(checkFile(target), { ok: true, problems: [] });
  t.same((await linesOf(path)).slice(0, 8), await linesOf(target));
  t.same(
    readdirSync(folder).filter((name) => name.includes('unfinished')),
    [],
  );
});

t.test('a copy does not take the place of a file that is there', async (t) => {
  const { path, target, folder } = await makeDatabase();
  writeFileSync(target, 'precious');
  await t.rejects(backupFile(path, target), { name: 'AppError', code: 'bad_parameter', message: target });
  t.equal(readFileSync(target, 'utf8'), 'precious');
  t.same(
    readdirSync(folder).filter((name) => name.includes('unfinished')),
    [],
  );
});

t.test('a copy of what is no database of ours is refused', async (t) => {
  const folder = newFolder();
  const path = join(folder, 'books.db');
  const db = new Database(path);
  db.exec('CREATE TABLE book (title TEXT)');
  db.close();
  await t.rejects(backupFile(path, join(folder, 'copy.db')), { name: 'AppError', code: 'db_foreign' });
  t.same(readdirSync(folder), ['books.db']);
});

t.test(
  'a copy that is cut short by a kill does not carry the final name, and the next one is whole',
  async (t) => {
    const { path, target } = await makeDatabase();
    grow(path);
    const program = `
    import { existsSync } from 'node:fs';
    import { backupFile } from '${SOURCES}files.ts';
    const target = ${JSON.stringify(target)};
    const done = backupFile(${JSON.stringify(path)}, target).then(() => process.exit(3));
    const look = () => {
      if (existsSync(target + '.unfinished')) process.kill(process.pid, 'SIGKILL');
      setImmediate(look);
    };
    look();
    await done;`;
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', program], {
      cwd: REPOSITORY,
      stdio: 'inherit',
    });
    const [status, signal] = await once(child, 'exit');
    t.same([status, signal], [null, 'SIGKILL'], 'it was killed in the middle');
    t.equal(existsSync(`${target}.unfinished`), true);
    t.equal(existsSync(target), false);
    await backupFile(path, target);
    t.same(checkFile(target), { ok: true, problems: [] });
    t.same(await linesOf(target), await linesOf(path));
    t.equal(existsSync(`${target}.unfinished`), false);
  },
);

t.test(
  'a folder that takes no copy is told, and is no bug',
  { skip: existsSync('/proc/self') ? false : 'there is no /proc here, which takes no file' },
  async (t) => {
    const { path } = await makeDatabase();
    const target = '/proc/self/copy.db';
    await t.rejects(backupFile(path, target), { name: 'AppError', code: 'db_unwritable', message: target });
  },
);
