import t from 'tap';
import {
  DELIVERY_TRIES_MAX,
  RETRY_AFTER_MS_MAX,
  RETRY_MS_FIRST,
  RETRY_MS_MAX,
} from '../../src/domain/limits.ts';
import { retryDelay } from '../../src/reports/retry.ts';

t.test('waits twice as long each time, up to a bound, and up to half of it is left to chance', async (t) => {
  const delays = (random: number) =>
    Array.from({ length: DELIVERY_TRIES_MAX }, (_, at) => retryDelay(at + 1, () => random));
  t.strictSame(delays(0).slice(0, 3), [RETRY_MS_FIRST, 2 * RETRY_MS_FIRST, 4 * RETRY_MS_FIRST]);
  t.strictSame(delays(1).slice(0, 3), [RETRY_MS_FIRST / 2, RETRY_MS_FIRST, 2 * RETRY_MS_FIRST]);
  t.equal(delays(0).at(-1), RETRY_MS_MAX);
  const hours = delays(0.5).reduce((sum, delay) => sum + delay, 0) / 3_600_000;
  t.ok(hours > 12 && hours < 36, `about a day: ${hours}`);
});

t.test('what the other side asked for is the least, up to a bound', async (t) => {
  t.equal(
    retryDelay(1, () => 0, 120_000),
    120_000,
  );
  t.equal(
    retryDelay(1, () => 0, 5),
    RETRY_MS_FIRST,
  );
  t.equal(
    retryDelay(1, () => 0, 1e12),
    RETRY_AFTER_MS_MAX,
  );
});
