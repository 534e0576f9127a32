/** What guards every reading: a store that failed, errors in our words, and readers whose time is over. */
import Database from 'better-sqlite3';
import t from 'tap';
import { AppError } from '../../../src/domain/errors.ts';
import type { Measures } from '../../../src/domain/ports.ts';
import { type GuardOptions, guardReader } from '../../../src/store/sqlite/guarded-reader.ts';
import type { createReader } from '../../../src/store/sqlite/reader.ts';

const QUERY = { from: 0, to: 1, durations: false, bytes: false };

/** A reader that answers counts, and has as many chunks of measures as it is told. */
function guard(options: Partial<GuardOptions>, chunks = 3, error: Error | null = null) {
  let asked = 0;
  const reader = {
    async counts() {
      asked++;
      if (error !== null) throw error;
      return { lines: 1, pairs: 0 };
    },
    async *measures() {
      for (let number = 0; number < chunks; number++) yield { hour: number } as Measures;
      if (error !== null) throw error;
    },
  };
  const guarded = guardReader(reader as unknown as ReturnType<typeof createReader>, {
    name: 'x.db',
    onFatal: () => {},
    ...options,
  });
  return { ...guarded, asked: () => asked };
}

t.test('nothing is read of a store that has failed', async (t) => {
  const failure = new AppError('disk_failed', 'cannot read');
  const { reads, asked } = guard({
    before: () => {
      throw failure;
    },
  });
  await t.rejects(reads.counts(), { code: 'disk_failed' });
  t.equal(asked(), 0);
});

t.test('what the disk and the file fail of is told, anything else is not', async (t) => {
  const fatal: string[] = [];
  const onFatal = ({ code }: AppError): void => void fatal.push(code);
  const sqlite = (code: string) => new Database.SqliteError('it failed', code);
  for (const [code, told] of [
    ['SQLITE_IOERR_READ', 'disk_failed'],
    ['SQLITE_CORRUPT', 'db_damaged'],
    ['SQLITE_BUSY', 'db_locked'],
  ] as const) {
    const { reads } = guard({ onFatal }, 1, sqlite(code));
    await t.rejects(reads.counts(), { code: told, message: /x\.db/ });
    const reading = (async () => {
      for await (const _ of reads.measures(QUERY));
    })();
    await t.rejects(reading, { code: told });
  }
  await t.rejects(guard({ onFatal }, 1, new Error('BUG: x')).reads.counts(), /BUG/);
  t.strictSame(fatal, ['disk_failed', 'disk_failed', 'db_damaged', 'db_damaged']);
});

t.test('much is read only as long as somebody waits', async (t) => {
  let steps = 0;
  const { reads } = guard(
    {
      onStep() {
        if (++steps === 3) throw new AppError('timeout', 'cannot answer in time');
      },
    },
    10,
  );
  const read: number[] = [];
  const reading = (async () => {
    for await (const { hour } of reads.measures(QUERY)) read.push(hour);
  })();
  await t.rejects(reading, { code: 'timeout' });
  t.strictSame(read, [0, 1]);
});
