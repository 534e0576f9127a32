import fc from 'fast-check';
import t from 'tap';
import { LineBatch } from '../../../src/store/sqlite/line-batch.ts';
import { PLAIN } from '../../../src/store/sqlite/line-record.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { NONE } from '../../../src/store/sqlite/pairing/pairing-window.ts';
import { prepareInsertRow, secondOfRow } from '../../../src/store/sqlite/rows.ts';
import { createSeconds } from '../../../src/store/sqlite/seconds.ts';

const SECOND = 1_709_629_200;
const line = fc.record({
  second: fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 400 })).map((n) => SECOND + n),
  hash: fc.oneof(fc.nat({ max: 3 }), fc.integer({ min: 0, max: 2 ** 48 - 1 })),
  /** How many seconds after its row's a line begins that lies in the row of another one. */
  moved: fc.constantFrom(0, 0, 0, 1, 50),
});
const transactions = fc.array(
  fc.record({ lines: fc.array(line, { maxLength: 40 }), fails: fc.constantFrom(false, false, false, true) }),
  { maxLength: 12 },
);

function refuseToGuess(): number {
  throw new Error('every hash is stored here');
}

t.test('a line is new once, however few of them are held in memory', async (t) => {
  fc.assert(
    fc.property(transactions, fc.constantFrom(1, 10, 60, 100_000), (transactions, held) => {
      const { db, close } = openDatabase({ path: null, mode: 'write' });
      db.pragma('journal_mode = MEMORY');
      const seconds = createSeconds(db, refuseToGuess, held);
      const insert = prepareInsertRow(db);
      const move = db.prepare('INSERT OR IGNORE INTO elsewhere VALUES (?, ?)');
      const batch = new LineBatch();
      let stored = new Set<string>();
      for (const { lines, fails } of transactions) {
        const before = new Set(stored);
        db.exec('BEGIN');
        for (const { second, hash, moved } of lines) {
          const key = `${second} ${hash}`;
          if (seconds.add(second, hash) === stored.has(key)) return false;
          if (stored.has(key)) continue;
          stored.add(key);
          const record = { shape: 1, start: second * 1_000, duration: 1, received: 2, sent: 3, hash };
          const ports = { upstreamLocalPort: 1, downstreamRemotePort: 2 };
          const rest = { ownHash: true, extra: null, standing: PLAIN } as const;
          const index = batch.addRecord({ ...record, ...ports, ...rest }, false, NONE, NONE);
          const row = seconds.nextRow(second - moved);
          insert(row, batch, index, NONE);
          if (secondOfRow(row) !== second) move.run(second, row);
          batch.clear();
        }
        db.exec(fails ? 'ROLLBACK' : 'COMMIT');
        if (fails) {
          stored = before;
          seconds.reset();
        } else seconds.trim();
      }
      const rows = db.prepare('SELECT count(*) FROM connection').pluck().get();
      close();
      return rows === stored.size;
    }),
    { numRuns: 150 },
  );
  t.pass('held');
});
