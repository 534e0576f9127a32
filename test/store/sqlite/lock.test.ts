// Promises: A9 (docs/reliability.md).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { holdLock } from '../../../src/store/sqlite/lock.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const SOURCES = new URL('../../../src/store/sqlite/', import.meta.url).href;
const root = mkdtempSync(join(tmpdir(), 'meshwake-lock-'));
t.teardown(() => rmSync(root, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(root, `${files++}.db`);
/** Ms that SQLite waits for a lock when it is not told otherwise. */
const SQLITE_PATIENCE_MS = 5_000;
const LOCKED = { name: 'AppError', code: 'db_locked', message: 'another meshwake is writing to it' };

/** Runs a program in a process of its own until it says that it is ready. */
async function start(program: string): Promise<ChildProcess> {
  const arguments_ = [
    '--import=tsx',
    '--input-type=module',
    '-e',
    `${program}\nprocess.stdout.write('ready'); setInterval(() => {}, 1000);`,
  ];
  const child = spawn(process.execPath, arguments_, {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

t.test('the second writer is refused at once, until the first is done', async (t) => {
  const path = newPath();
  const release = holdLock(path);
  const started = performance.now();
  t.throws(() => holdLock(path), LOCKED);
  t.ok(performance.now() - started < SQLITE_PATIENCE_MS);
  release();
  holdLock(path)();
  holdLock(path)();
});

t.test('a lock is held until it is given back, also when the means to do so was thrown away', async (t) => {
  const path = newPath();
  holdLock(path);
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let i = 0; i < 5; i++) {
    collect();
    await delay(10);
  }
  t.throws(() => holdLock(path), LOCKED);
});

t.test('locks of different files do not meet', async (t) => {
  const releases = [newPath(), newPath()].map((path) => holdLock(path));
  for (const release of releases) release();
  t.pass('both were held');
});

t.test('a file under another name is the same file', async (t) => {
  const path = newPath();
  writeFileSync(path, '');
  const link = newPath();
  symlinkSync(path, link);
  const release = holdLock(link);
  t.throws(() => holdLock(path), LOCKED);
  release();
});

t.test('a link to a file that is yet to be made is that file', async (t) => {
  const path = newPath();
  const link = newPath();
  symlinkSync(path, link);
  const writer = openDatabase({ path: link, mode: 'write' });
  for (const other of [link, path])
    t.throws(
      () => openDatabase({ path: other, mode: 'write' }).close(),
      LOCKED,
      other === link ? 'link' : 'file',
    );
  writer.close();
});

t.test('whoever writes to a database keeps other writers off, not readers', async (t) => {
  const path = newPath();
  const writer = openDatabase({ path, mode: 'write' });
  t.throws(() => openDatabase({ path, mode: 'write' }), LOCKED);
  writer.db.exec("INSERT INTO text (value) VALUES ('new')");
  const reader = openDatabase({ path, mode: 'read' });
  t.equal(reader.db.prepare('SELECT value FROM text').pluck().get(), 'new');
  reader.close();
  writer.close();
  openDatabase({ path, mode: 'write' }).close();
});

t.test('a lock cannot be taken where nothing can be written', async (t) => {
  t.throws(() => holdLock(join(root, 'nowhere', 'a.db')), {
    name: 'AppError',
    code: 'db_unwritable',
    message: /: there is no such folder$/,
  });
  const file = newPath();
  writeFileSync(file, '');
  t.throws(() => holdLock(join(file, 'a.db')), { name: 'AppError', code: 'db_unwritable' }, 'within a file');
});

t.test('the lock of a process that was killed does not block', async (t) => {
  const path = newPath();
  const child = await start(`
    import { holdLock } from '${SOURCES}lock.ts';
    holdLock(${JSON.stringify(path)});`);
  t.throws(() => holdLock(path), LOCKED);
  await kill(child);
  holdLock(path)();
  t.pass('taken');
});

t.test('what a writer had committed before it was killed is there, and can be written to', async (t) => {
  const path = newPath();
  const child = await start(`
    import { openDatabase } from '${SOURCES}open.ts';
    const { db } = openDatabase({ path: ${JSON.stringify(path)}, mode: 'write' });
    db.exec("INSERT INTO text (value) VALUES ('committed')");
    db.exec("BEGIN IMMEDIATE; INSERT INTO text (value) VALUES ('begun')");`);
  t.throws(() => openDatabase({ path, mode: 'write' }), LOCKED);
  await kill(child);
  for (const mode of ['read', 'write'] as const) {
    const { db, close } = openDatabase({ path, mode });
    t.same(db.prepare('SELECT value FROM text').pluck().all(), ['committed'], `to ${mode}`);
    close();
  }
});
