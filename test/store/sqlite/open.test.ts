// Promises: A8, D15 (docs/reliability.md).
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import { AppError } from '../../../src/domain/errors.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import { newestVersion } from '../../../src/store/sqlite/migrate.ts';
import { guarded, openDatabase } from '../../../src/store/sqlite/open.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { makePair } from '../../helpers/lines.ts';

const root = mkdtempSync(join(tmpdir(), 'meshwake-open-'));
t.teardown(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

/** A path in a folder of its own. */
function newPath(): string {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  return join(folder, 'meshwake.db');
}

/**
 * All files of the folder with the hash of their bytes. SQLite's own two files beside one that is read do not count, as
 * long as they hold no data.
 */
function contents(path: string): Record<string, string> {
  const folder = join(path, '..');
  const isIdle = (name: string) =>
    name.endsWith('-shm') || (name.endsWith('-wal') && statSync(join(folder, name)).size === 0);
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .filter((name) => statSync(join(folder, name)).isFile() && !isIdle(name))
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
  );
}

async function makeOurs(path: string): Promise<void> {
  const store = openSqliteStore({ path, mode: 'write', rules: pairingRules });
  await store.append(columnsOf(makePair({ start: Date.UTC(2024, 2, 5), port: 40_000 })), []);
  await store.close();
  rmSync(`${path}.lock`);
}

/** Changes a database behind the back of this program. */
function tamper(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

const MODES = ['read', 'write'] as const;

t.test(
  'refuses what is not ours, what is newer and what is damaged, and changes no byte of it',
  async (t) => {
    const rows: [what: string, code: string, make: (path: string) => void | Promise<void>][] = [
      ['text', 'db_foreign', (path) => writeFileSync(path, 'start_time,pod\n'.repeat(1_000))],
      ['a word', 'db_foreign', (path) => writeFileSync(path, 'ab')],
      ['zeros', 'db_foreign', (path) => writeFileSync(path, Buffer.alloc(8_192))],
      ['compressed lines', 'db_foreign', (path) => writeFileSync(path, gzipSync('lines'))],
      [
        'a database of another program',
        'db_foreign',
        (path) => tamper(path, 'CREATE TABLE book (title TEXT)'),
      ],
      [
        'another application id',
        'db_foreign',
        (path) => tamper(path, 'PRAGMA application_id = 1196444487; CREATE TABLE a (b)'),
      ],
      ['a version without our mark', 'db_foreign', (path) => tamper(path, 'PRAGMA user_version = 3')],
      [
        'a newer version',
        'db_newer',
        async (path) => {
          await makeOurs(path);
          tamper(path, `PRAGMA user_version = ${newestVersion() + 1}`);
        },
      ],
      [
        'a trigger that we did not make',
        'db_foreign',
        async (path) => {
          await makeOurs(path);
          tamper(path, 'CREATE TRIGGER more AFTER INSERT ON text BEGIN DELETE FROM connection; END');
        },
      ],
      [
        'a view that we did not make',
        'db_foreign',
        async (path) => {
          await makeOurs(path);
          tamper(path, 'CREATE VIEW lines AS SELECT 1');
        },
      ],
      [
        'a file that was cut off',
        'db_damaged',
        async (path) => {
          await makeOurs(path);
          truncateSync(path, statSync(path).size - 8_192);
        },
      ],
      [
        'a directory',
        'db_foreign',
        (path) => {
          mkdirSync(path);
        },
      ],
    ];
    for (const [what, code, make] of rows) {
      const path = newPath();
      await make(path);
      const before = contents(path);
      for (const mode of MODES) {
        t.throws(
          () => openDatabase({ path, mode }),
          { name: 'AppError', code, message: path },
          `${what}, to ${mode}`,
        );
        t.same(contents(path), before, `${what} is as it was`);
      }
    }
  },
);

t.test('a file of one byte is not empty', async (t) => {
  for (const mode of MODES) {
    const path = newPath();
    writeFileSync(path, 'x');
    t.throws(() => openDatabase({ path, mode }), { name: 'AppError', code: 'db_foreign' }, `to ${mode}`);
    t.equal(readFileSync(path, 'latin1'), 'x');
  }
});

t.test('to read creates nothing', async (t) => {
  const missing = newPath();
  t.throws(() => openDatabase({ path: missing, mode: 'read' }), { code: 'db_missing' });
  t.same(contents(missing), {});
  const empty = newPath();
  writeFileSync(empty, '');
  t.throws(() => openDatabase({ path: empty, mode: 'read' }), { code: 'db_missing' });
  t.same(Object.keys(contents(empty)), ['meshwake.db']);
  t.equal(statSync(empty).size, 0);
  const ours = newPath();
  await makeOurs(ours);
  const before = contents(ours);
  const { db, from, close } = openDatabase({ path: ours, mode: 'read' });
  t.equal(from, newestVersion());
  t.equal(db.prepare('SELECT count(*) FROM connection').pluck().get(), 1);
  t.throws(() => db.exec('DELETE FROM connection'), { code: 'SQLITE_READONLY' });
  close();
  t.same(contents(ours), before);
});

t.test('to write makes a database, also of an empty file, that is whole without its log', async (t) => {
  for (const make of [() => {}, (path: string) => writeFileSync(path, '')]) {
    const path = newPath();
    make(path);
    const { db, from, close } = openDatabase({ path, mode: 'write' });
    t.equal(from, 0);
    t.equal(db.pragma('journal_mode', { simple: true }), 'wal');
    t.equal(db.pragma('synchronous', { simple: true }), 2, 'what was acknowledged survives a power cut');
    t.equal(db.pragma('user_version', { simple: true }), newestVersion());
    close();
    t.same(Object.keys(contents(path)), ['meshwake.db', 'meshwake.db.lock']);
    openDatabase({ path, mode: 'read' }).close();
  }
});

t.test('keeps what is there when it is opened to write again', async (t) => {
  const path = newPath();
  await makeOurs(path);
  const { db, from, close } = openDatabase({ path, mode: 'write' });
  t.equal(from, newestVersion());
  t.equal(db.prepare('SELECT count(*) FROM connection').pluck().get(), 1);
  close();
});

t.test('a temporary database leaves nothing behind', async (t) => {
  const before = readdirSync(root);
  const { db, from, close } = openDatabase({ path: null, mode: 'read' });
  t.equal(from, 0);
  db.exec("INSERT INTO text (value) VALUES ('a')");
  close();
  t.same(readdirSync(root), before);
});

t.test('names that mean something to SQLite are names of files', async (t) => {
  const folder = join(newPath(), '..');
  const before = process.cwd();
  process.chdir(folder);
  try {
    for (const path of [':memory:', 'file:a.db?mode=memory']) {
      openDatabase({ path, mode: 'write' }).close();
      t.ok(statSync(join(folder, path)).size > 0, path);
      openDatabase({ path, mode: 'read' }).close();
    }
  } finally {
    process.chdir(before);
  }
});

t.test('a folder that is not there cannot be written to', async (t) => {
  const path = join(root, 'nowhere', 'meshwake.db');
  t.throws(() => openDatabase({ path, mode: 'write' }), { name: 'AppError', code: 'db_unwritable' });
  t.throws(() => openDatabase({ path, mode: 'read' }), { name: 'AppError', code: 'db_missing' });
});

t.test('a refused writer gives its lock back', async (t) => {
  const path = newPath();
  await makeOurs(path);
  tamper(path, "UPDATE migration SET checksum = 'another'");
  for (let i = 0; i < 2; i++) t.throws(() => openDatabase({ path, mode: 'write' }), { code: 'db_damaged' });
});

t.test('what SQLite says is told in our words, anything else as it is', async (t) => {
  const rows: [said: string, code: string][] = [
    ['SQLITE_NOTADB', 'db_foreign'],
    ['SQLITE_CORRUPT', 'db_damaged'],
    ['SQLITE_CORRUPT_VTAB', 'db_damaged'],
    ['SQLITE_BUSY', 'db_locked'],
    ['SQLITE_BUSY_SNAPSHOT', 'db_locked'],
    ['SQLITE_FULL', 'disk_full'],
    ['SQLITE_READONLY', 'db_unwritable'],
    ['SQLITE_CANTOPEN', 'db_unwritable'],
    ['SQLITE_IOERR_WRITE', 'disk_failed'],
    ['SQLITE_IOERR_FSYNC', 'disk_failed'],
    ['SQLITE_IOERR_SHMSIZE', 'disk_full'],
  ];
  for (const [said, code] of rows) {
    const cause = new Database.SqliteError('said', said);
    const fail = () => {
      throw cause;
    };
    try {
      guarded('/some/file', fail);
      t.fail(said);
    } catch (caught) {
      t.ok(caught instanceof AppError && caught.message.includes('/some/file'), said);
      t.match(caught, { code, cause });
    }
  }
  const others = [new Database.SqliteError('said', 'SQLITE_ERROR'), new TypeError('ours')];
  for (const other of others) {
    const fail = () => {
      throw other;
    };
    t.throws(() => guarded('/some/file', fail), other);
  }
  t.equal(
    guarded('/some/file', () => 7),
    7,
  );
});
