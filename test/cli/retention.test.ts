// Promises: C9 (docs/reliability.md).
/** Forgetting by a clock that somebody puts forward or back. */
import t from 'tap';
import { keepFor } from '../../src/cli/retention.ts';
import { until } from '../helpers/cli.ts';
import { createIo } from '../helpers/io.ts';

const HOUR = 3_600_000;

t.test('a clock that jumps forgets nothing until it has gone evenly again', async (t) => {
  const start = Date.UTC(2024, 2, 5);
  let looks = 0;
  /** What the clock shows at each look, the first being the start; steady time goes on by an hour each. */
  const walls = [
    start,
    start,
    start + HOUR,
    start + 27 * HOUR,
    start + 28 * HOUR,
    start + 4 * HOUR,
    start + 5 * HOUR,
  ];
  const io = { ...createIo(), now: () => walls[looks] ?? walls.at(-1) ?? start };
  const asked: number[] = [];
  const keeping = keepFor(
    {
      keepMs: 24 * HOUR,
      checkMs: 1,
      // Asked for right after the clock.
      steady: () => Math.max(0, looks++ - 1) * HOUR,
    },
    {
      prune: async (before) => {
        if (looks <= walls.length) asked.push((before - start) / HOUR);
        return { lines: 0 };
      },
    },
    io,
  );
  await until('it has looked often enough', async () => (looks > walls.length ? true : null));
  await keeping.stop();
  t.strictSame(asked, [-24, -23, 4, -19], 'neither after the jump forward nor after the one back');
  t.match(
    io.err(),
    /^the clock was put forward by 1d1h: nothing is forgotten this time\nthe clock was put back by 1d1h: /,
  );
});
