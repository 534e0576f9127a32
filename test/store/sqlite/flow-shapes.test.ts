import t from 'tap';
import { CONNECTIONS, FLOW_NUMBERS, HOUR } from '../../../src/domain/flow-numbers.ts';
import { BatchLines } from '../../../src/store/sqlite/batch-lines.ts';
import { prepareEachShape } from '../../../src/store/sqlite/flow-shapes.ts';
import { LineBatch } from '../../../src/store/sqlite/line-batch.ts';
import { openDatabase } from '../../../src/store/sqlite/open.ts';
import { createFlowSums } from '../../../src/store/sqlite/sums/flow-sums.ts';

const HOUR_MS = 3_600_000;
const FIRST_HOUR = 470_000;
/** More than are read at once. */
const SHAPES = 5_000;

t.test('each shape is told once with all of its hours, however many there are', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const lines = new BatchLines();
  const sums = createFlowSums(db, lines);
  const batch = new LineBatch();
  const expected = new Map<number, number[][]>();
  for (let shape = 1; shape <= SHAPES; shape++) {
    const hours = [FIRST_HOUR + (shape % 3), FIRST_HOUR + 5 + (shape % 2)];
    expected.set(
      shape,
      hours.map((hour) => [hour, 1]),
    );
    for (const hour of hours) {
      const index = batch.grow();
      batch.shape[index] = shape;
      batch.start[index] = hour * HOUR_MS;
      batch.duration[index] = batch.received[index] = batch.sent[index] = 1;
    }
  }
  db.prepare('INSERT INTO shape (id, format_id, envelope_id) VALUES (?, 1, 1)').run(SHAPES);
  lines.take(batch);
  sums.addBatch(batch);
  sums.write();
  const told = new Map<number, number[][]>();
  prepareEachShape(db)((shape, length, numbers) => {
    if (told.has(shape)) t.fail(`shape ${shape} is told twice`);
    const flows = Array.from({ length }, (_, i) =>
      [HOUR, CONNECTIONS].map((number) => numbers[i * FLOW_NUMBERS + number] as number),
    );
    told.set(shape, flows);
  });
  t.same(told, expected);
  close();
});
