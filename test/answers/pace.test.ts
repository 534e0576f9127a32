/** How long following will take is told by how long it took. */
import t from 'tap';
import { createPace } from '../../src/answers/pace.ts';

t.test('a step costs something however little changed, and more for more', async (t) => {
  const pace = createPace();
  t.ok(pace.estimate(1_000) < 250, 'little is followed while somebody waits, before anything is known');
  t.ok(pace.estimate(10_000) > 250);
  pace.note({ ms: 1_000, flows: 10_000 });
  t.equal(pace.estimate(10_000), 1_000);
  t.equal(pace.estimate(0), 500);
  t.equal(pace.estimate(100_000), 5_500);
  pace.note({ ms: 3, flows: 0 });
  t.equal(pace.estimate(10_000), 1_000, 'a step without flows tells nothing');
  t.equal(pace.estimate(null), Number.POSITIVE_INFINITY);
});
