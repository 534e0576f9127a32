import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { makePair } from '../../helpers/lines.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const OPEN = new URL('../../../src/store/sqlite/open.ts', import.meta.url).href;
/** Root may write anywhere; this user may not. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const root = mkdtempSync(join(tmpdir(), 'meshwake-log-'));
chmodSync(root, 0o755);
t.teardown(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

/** A database in a folder of its own, closed. */
async function makeDatabase(): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  const path = join(folder, 'meshwake.db');
  const store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
  await store.append(columnsOf(makePair({ start: Date.UTC(2024, 2, 5), port: 40_000 })), []);
  await store.close();
  return { folder, path };
}

/** Opens a database to read in a process that may not write to its folder; answers its rows, or the error's code. */
function readAsNobody({ folder, path }: { readonly folder: string; readonly path: string }): string {
  chmodSync(folder, 0o555);
  const script = `
    import { openDatabase } from '${OPEN}';
    try {
      const { db, close } = openDatabase({ path: ${JSON.stringify(path)}, mode: 'read' });
      console.log(db.prepare('SELECT count(*) FROM connection').pluck().get() + ' rows');
      close();
    } catch (error) {
      console.log(error.code + ': ' + error.message);
    }`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: REPOSITORY,
    encoding: 'utf8',
    ...NOBODY,
  });
  chmodSync(folder, 0o755);
  return stdout.trim() || stderr;
}

/** Leaves a database as `kill -9` does. */
function abandon(path: string, files: readonly string[]): void {
  const script = `
    import { openDatabase } from '${OPEN}';
    const { db } = openDatabase({ path: ${JSON.stringify(path)}, mode: 'write' });
    db.exec("INSERT INTO text (value) VALUES ('late')");
    process.kill(process.pid, 'SIGKILL');`;
  spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { cwd: REPOSITORY });
  for (const file of files) rmSync(`${path}-${file}`);
}

t.test('a database that was closed is one file, and reading it leaves nothing beside it', async (t) => {
  const { folder, path } = await makeDatabase();
  const files = ['meshwake.db', 'meshwake.db.lock'];
  t.same(readdirSync(folder), files);
  const { db, close } = openDatabase({ path, mode: 'read' });
  t.equal(db.prepare('SELECT count(*) FROM connection').pluck().get(), 1);
  close();
  t.same(readdirSync(folder), files);
});

t.test('a writer begins and ends while somebody reads, and the reader sees what it wrote', async (t) => {
  const { path } = await makeDatabase();
  const reader = openDatabase({ path, mode: 'read' });
  const texts = reader.db.prepare('SELECT count(*) FROM text').pluck();
  const before = Number(texts.get());
  const writer = openDatabase({ path, mode: 'write' });
  t.equal(writer.db.pragma('journal_mode', { simple: true }), 'wal');
  writer.db.exec("INSERT INTO text (value) VALUES ('more')");
  t.equal(texts.get(), before + 1);
  writer.close();
  t.equal(texts.get(), before + 1, 'the log stays for the reader');
  reader.close();
  openDatabase({ path, mode: 'write' }).close();
  const later = new Database(path, { readonly: true });
  t.equal(later.pragma('journal_mode', { simple: true }), 'delete', 'the next writer ends it');
  later.close();
});

t.test('a folder that cannot be written can be read', async (t) => {
  const closed = await makeDatabase();
  t.equal(readAsNobody(closed), '1 rows');
  t.same(readdirSync(closed.folder), ['meshwake.db', 'meshwake.db.lock']);
  const killed = await makeDatabase();
  abandon(killed.path, []);
  t.equal(readAsNobody(killed), '1 rows', 'also after kill -9, with its log');
});

t.test('a database whose log lacks its index is refused where none can be made', async (t) => {
  for (const missing of [['shm'], ['shm', 'wal']]) {
    const database = await makeDatabase();
    abandon(database.path, missing);
    t.match(readAsNobody(database), /^db_unwritable: cannot read database .* it was not closed/);
    openDatabase({ path: database.path, mode: 'read' }).close();
    t.pass('where one can be made it is read');
  }
});
