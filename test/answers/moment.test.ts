/** Whoever asks several questions is told of the earliest moment, and of the most that is missing. */
import t from 'tap';
import {
  insistOnNewest,
  isInsisting,
  type Moment,
  tellMoment,
  withMoment,
} from '../../src/answers/moment.ts';

t.test('the earliest version counts, and the most that one of them is behind', async (t) => {
  const moment: Moment = { version: null, behind: null };
  await withMoment(moment, async () => {
    tellMoment(7, null);
    await new Promise(setImmediate);
    tellMoment(5, { lines: 10, seconds: 1 });
    tellMoment(6, { lines: 4, seconds: 0.5 });
  });
  t.strictSame(moment, { version: 5, behind: { lines: 10, seconds: 1 } });
  tellMoment(1, null);
  t.equal(moment.version, 5, 'outside of it nobody is told');
});

t.test('a question insists where it was asked to', async (t) => {
  t.equal(isInsisting(), false);
  t.equal(await insistOnNewest(async () => isInsisting()), true);
});
