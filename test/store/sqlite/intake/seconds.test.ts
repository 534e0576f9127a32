import fc from 'fast-check';
import t from 'tap';
import { IntakeMemory, NOT_KNOWN } from '../../../../src/store/sqlite/intake/intake-memory.ts';
import { createSeconds } from '../../../../src/store/sqlite/intake/seconds.ts';
import { LineBatch } from '../../../../src/store/sqlite/line-batch.ts';
import { PLAIN } from '../../../../src/store/sqlite/line-record.ts';
import { openDatabase } from '../../../../src/store/sqlite/open.ts';
import { NONE } from '../../../../src/store/sqlite/pairing/pairing-window.ts';
import { prepareInsertRow, ROWS_PER_SECOND, secondOfRow } from '../../../../src/store/sqlite/rows.ts';
import { createSegmentTable } from '../../../../src/store/sqlite/segments/segment-table.ts';

const SECOND = 1_709_629_200;
const line = fc.record({
  second: fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 400 })).map((n) => SECOND + n),
  hash: fc.oneof(fc.nat({ max: 3 }), fc.integer({ min: 0, max: 2 ** 48 - 1 })),
  /** How many seconds after its row's a line begins that lies in the row of another one. */
  moved: fc.constantFrom(0, 0, 0, 1, 50),
  /** Ms after it that the server's line of the same row begins; null: the line has a row to itself. */
  mate: fc.constantFrom(null, null, 0, 3, -1_500, 2_000),
  isServer: fc.boolean(),
  /** Whether the oldest row is taken out then, and written again. */
  again: fc.constantFrom(false, false, true),
});
const transactions = fc.array(
  fc.record({ lines: fc.array(line, { maxLength: 40 }), fails: fc.constantFrom(false, false, false, true) }),
  { maxLength: 12 },
);

function refuseToGuess(): number {
  throw new Error('every hash is stored here');
}

interface Line {
  readonly start: number;
  readonly hash: number;
}

t.test('a line is new once, however few of them are held in memory', async (t) => {
  fc.assert(
    fc.property(transactions, fc.constantFrom(1, 10, 60, 100_000), (transactions, held) => {
      const { db, close } = openDatabase({ path: null, mode: 'write' });
      db.pragma('journal_mode = MEMORY');
      const { code } = new IntakeMemory();
      const segments = createSegmentTable(db);
      const seconds = createSeconds({ db, segments, hashOf: refuseToGuess, code, heldLinesMax: held });
      const nextRow = (second: number): number => {
        for (let row = code.nextRow(second); ; row = code.nextRow(second)) {
          if (row !== NOT_KNOWN) return row;
          seconds.learnNextRow();
        }
      };
      const insert = prepareInsertRow(db);
      const move = db.prepare('INSERT OR IGNORE INTO elsewhere VALUES (?, ?)');
      const remove = db.prepare('DELETE FROM connection WHERE row = ?');
      const batch = new LineBatch();
      /** By row: its lines, the server's second. */
      let stored = new Map<number, readonly (Line | null)[]>();
      let known = new Set<string>();
      const isNew = ({ start, hash }: Line): boolean => {
        const key = `${start} ${hash}`;
        const answer = seconds.add(start, hash);
        if (answer === known.has(key)) throw new Error(`${key} is ${answer ? '' : 'not '}new`);
        known.add(key);
        return answer;
      };
      const write = (row: number, lines: readonly (Line | null)[]): void => {
        const [client = NONE, server = NONE] = lines.map((line) => {
          if (line === null) return NONE;
          const record = { ...line, shape: 1, duration: 1, received: 2, sent: 3 };
          const ports = { upstreamLocalPort: 1, downstreamRemotePort: 2 };
          const rest = { ownHash: true, extra: null, standing: PLAIN } as const;
          const began = Math.floor(line.start / 1_000);
          if (secondOfRow(row) !== began) move.run(began, row);
          return batch.addRecord({ ...record, ...ports, ...rest }, false, NONE, NONE);
        });
        insert(row, batch, client, server);
        batch.clear();
        stored.set(row, lines);
      };
      for (const { lines, fails } of transactions) {
        const before = [new Map(stored), new Set(known)] as const;
        db.exec('BEGIN');
        for (const { second, hash, moved, mate, isServer, again } of lines) {
          // The hash of a line is also of its start.
          const start = second * 1_000 + (hash % 1_000);
          const line = { start, hash };
          if (!isNew(line)) continue;
          const other = { start: start + (mate ?? 0), hash: (start + (mate ?? 0)) * 16 + (hash % 16) };
          const isPair = mate !== null && isNew(other);
          write(nextRow(second - moved), isPair ? [line, other] : isServer ? [null, line] : [line]);
          const [old] = again ? stored : [];
          if (old === undefined) continue;
          const [row, oldLines] = old;
          for (const one of oldLines) if (one !== null) seconds.keep(one.start, one.hash);
          remove.run(row);
          for (const one of oldLines) if (one !== null && isNew(one)) return false;
          stored.delete(row);
          write(nextRow(secondOfRow(row)), oldLines);
        }
        db.exec(fails ? 'ROLLBACK' : 'COMMIT');
        if (fails) {
          [stored, known] = before;
          seconds.reset();
        } else seconds.trim();
      }
      for (const line of [...stored.values()].flat()) if (line !== null && isNew(line)) return false;
      const count = db.prepare('SELECT count(c_shape) + count(s_shape) FROM connection').pluck().get();
      close();
      return count === known.size;
    }),
    { numRuns: 150 },
  );
  t.pass('held');
});

t.test('lines of a second that is full get rows of the next ones', async (t) => {
  const { code } = new IntakeMemory();
  code.setNextRow(SECOND, ROWS_PER_SECOND - 1);
  code.setNextRow(SECOND + 1, ROWS_PER_SECOND);
  const rows = [code.nextRow(SECOND), code.nextRow(SECOND), code.nextRow(SECOND), code.nextRow(SECOND + 2)];
  const [full, next] = [SECOND * ROWS_PER_SECOND, (SECOND + 2) * ROWS_PER_SECOND];
  t.same(rows, [full + ROWS_PER_SECOND - 1, next, next + 1, next + 2]);
});
