import t from 'tap';
import { TimeQueue } from '../../../bench/simulator/delivery.ts';
import { Random } from '../../../bench/simulator/random.ts';

t.test('a queue gives its items in the order of their times', async (t) => {
  const random = new Random(7, 'queue');
  const queue = new TimeQueue<number>();
  const times = Array.from({ length: 500 }, () => random.int(200));
  for (const time of times) queue.push(time, time);
  const out: number[] = [];
  for (let item = queue.pop(); item !== null; item = queue.pop()) out.push(item);
  t.strictSame(
    out,
    times.toSorted((a, b) => a - b),
  );
});

t.test('a queue stays in order when pushes and pops alternate', async (t) => {
  const random = new Random(8, 'queue');
  const queue = new TimeQueue<number>();
  let last = 0;
  let backwards = 0;
  for (let step = 0; step < 2_000; step++) {
    queue.push(last + random.int(50), step);
    queue.push(last + random.int(50), step);
    const next = queue.nextTime();
    if (next < last) backwards++;
    last = next;
    queue.pop();
  }
  t.equal(backwards, 0);
});

t.test('an empty queue has nothing, for ever', async (t) => {
  const queue = new TimeQueue<string>();
  t.equal(queue.pop(), null);
  t.equal(queue.nextTime(), Number.POSITIVE_INFINITY);
});
