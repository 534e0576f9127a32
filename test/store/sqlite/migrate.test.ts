import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { APPLICATION_ID, migrate, newestVersion, schemaVersion } from '../../../src/store/sqlite/migrate.ts';

const FOLDER = new URL('../../../migrations/sqlite/', import.meta.url);
const FILES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort();

function open(t: Test): Database.Database {
  const db = new Database(':memory:');
  t.teardown(() => db.close());
  return db;
}

const schema = (db: Database.Database) =>
  db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();

t.test('a new database gets every migration, and a record of each', async (t) => {
  const db = open(t);
  t.equal(schemaVersion(db), 0);
  t.same(migrate(db), { from: 0, to: FILES.length });
  t.equal(newestVersion(), FILES.length);
  t.equal(schemaVersion(db), FILES.length);
  t.equal(db.pragma('application_id', { simple: true }), APPLICATION_ID);
  t.equal(Buffer.from(APPLICATION_ID.toString(16), 'hex').toString(), 'MWAK');
  t.same(
    db.prepare('SELECT version, name, checksum FROM migration ORDER BY version').all(),
    FILES.map((name, index) => ({
      version: index + 1,
      name,
      checksum: createHash('sha256')
        .update(readFileSync(new URL(name, FOLDER)))
        .digest('hex'),
    })),
  );
});

t.test('migrations are numbered without gaps', async (t) => {
  for (const [index, name] of FILES.entries())
    t.match(name, new RegExp(`^${String(index + 1).padStart(4, '0')}_\\w+\\.sql$`));
});

t.test('a second time changes nothing', async (t) => {
  const db = open(t);
  migrate(db);
  db.exec("INSERT INTO text (value) VALUES ('kept')");
  const before = [schema(db), db.prepare('SELECT total_changes()').pluck().get()];
  t.same(migrate(db), { from: newestVersion(), to: newestVersion() });
  t.same([schema(db), db.prepare('SELECT total_changes()').pluck().get()], before);
  t.equal(db.prepare('SELECT value FROM text').pluck().get(), 'kept');
});

t.test('a step that is not the one of this program is refused, and nothing changed', async (t) => {
  const changes = [
    "UPDATE migration SET checksum = 'another' WHERE version = 1",
    'DELETE FROM migration WHERE version = 1',
  ];
  for (const change of changes) {
    const db = open(t);
    migrate(db);
    db.exec(change);
    const before = schema(db);
    t.throws(() => migrate(db), { name: 'AppError', code: 'db_damaged', message: FILES[0] }, change);
    t.same(schema(db), before);
  }
});

t.test('a newer version is refused', async (t) => {
  const db = open(t);
  migrate(db);
  db.pragma(`user_version = ${newestVersion() + 1}`);
  t.throws(() => migrate(db), { name: 'AppError', code: 'db_newer' });
  t.equal(schemaVersion(db), newestVersion() + 1);
});

t.test('a migration that fails leaves nothing of itself behind', async (t) => {
  const db = open(t);
  // The last table of the first migration is there already, so its last steps fail.
  db.exec('CREATE TABLE counter (other TEXT)');
  t.throws(() => migrate(db), { code: 'SQLITE_ERROR', message: /counter already exists/ });
  t.equal(schemaVersion(db), 0);
  t.same(db.prepare('SELECT name FROM sqlite_schema').pluck().all(), ['counter']);
});
