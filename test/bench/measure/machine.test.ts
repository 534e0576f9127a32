import t from 'tap';
import { machine, median, thousands } from '../../../bench/measure/machine.ts';

t.test('the median is the one in the middle, whatever the order', async (t) => {
  t.equal(median([3]), 3);
  t.equal(median([9, 1, 2]), 2);
  t.equal(median([4, 1, 2, 9]), 3);
});

t.test('large figures have commas and no decimals', async (t) => {
  t.equal(thousands(1_234_567.8), '1,234,568');
});

t.test('the machine is told with what ran on it', async (t) => {
  t.match(
    machine(),
    /^\d{4}-\d\d-\d\d; \d+ × .+, \d+ GB, \w+; Node\.js \d+\.\d+\.\d+, SQLite 3\.\d+\.\d+; load/,
  );
});
