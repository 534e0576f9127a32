import t from 'tap';
import { findStretches } from '../../../src/analysis/anomalies/stretch.ts';
import type { Trial } from '../../../src/analysis/anomalies/trial.ts';

/** Trials of some hours of one question, each of which usually has ten; all of its hours are tried. */
function trialsOf(
  values: Readonly<Record<number, number>>,
  trials: ReadonlyArray<readonly [from: number, to: number, score: number]>,
  question: object = { metric: 'connections' },
): Trial[] {
  const tried = Object.entries(values).map(([hour, value]) => ({ hour: Number(hour), value, expected: 10 }));
  return trials.map(([from, to, score]) => {
    const parts = tried.filter(({ hour }) => hour >= from && hour <= to);
    const value = parts.reduce((sum, part) => sum + part.value, 0);
    const expected = 10 * parts.length;
    const side = value >= expected ? 'rise' : 'drop';
    // No more of the question is looked at.
    return {
      question,
      parts,
      tried,
      value,
      expected,
      side,
      score,
      chance: 0,
      usual: [0, 20],
    } as unknown as Trial;
  });
}

const hoursOf = (trials: readonly Trial[]): number[][] =>
  findStretches(trials).map((parts) => parts.map(({ hour }) => hour));

t.test('hours before and after that are a little more than usual are left out', (t) => {
  const values = { 1: 10, 2: 16, 3: 9, 4: 41, 5: 38, 6: 40, 7: 17, 8: 12 };
  const trials = trialsOf(values, [
    [4, 6, 20],
    [2, 4, 8],
    [6, 8, 7],
  ]);
  t.strictSame(
    hoursOf(trials),
    [[4, 5, 6]],
    'half as many again is nearer to usual than to four times as many',
  );
  t.strictSame(hoursOf(trials.reverse()), [[4, 5, 6]], 'in any order');
  t.end();
});

t.test('hours beside that do not hold by themselves are part of it', (t) => {
  t.strictSame(hoursOf(trialsOf({ 1: 11, 2: 30, 3: 29, 4: 45, 5: 9 }, [[4, 4, 9]])), [[2, 3, 4]]);
  t.end();
});

t.test('a dip within belongs to it, a calm hour at its end does not', (t) => {
  t.strictSame(hoursOf(trialsOf({ 1: 40, 2: 12, 3: 45, 4: 11 }, [[1, 3, 20]])), [[1, 2, 3]]);
  t.end();
});

t.test('fewer than usual, down to none', (t) => {
  t.strictSame(hoursOf(trialsOf({ 2: 9, 3: 0, 4: 1, 5: 0, 6: 8 }, [[2, 6, 9]])), [[3, 4, 5]]);
  t.end();
});

t.test('failures are told by the rate: many connections of which none failed are no part of it', (t) => {
  const connections: Readonly<Record<number, number>> = { 1: 20, 2: 300, 3: 400, 4: 400 };
  const question = {
    metric: 'failures',
    series: { connectionsAt: (hour: number) => connections[hour] ?? 0 },
  };
  t.strictSame(hoursOf(trialsOf({ 1: 12, 2: 3, 3: 80, 4: 70 }, [[3, 4, 20]], question)), [[3, 4]]);
  t.end();
});

t.test('stretches with a calm between them are apart, each at its own level', (t) => {
  const values = { 1: 400, 2: 380, 3: 10, 4: 11, 5: 9, 6: 35, 7: 30, 8: 10 };
  const trials = trialsOf(values, [
    [6, 7, 8],
    [1, 2, 60],
    [1, 6, 30],
  ]);
  t.strictSame(hoursOf(trials), [
    [1, 2],
    [6, 7],
  ]);
  t.strictSame(hoursOf([]), []);
  t.end();
});

t.test('hours that were not collected part what is before them from what is after', (t) => {
  const trials = trialsOf({ 1: 40, 2: 41, 7: 42, 8: 39 }, [
    [1, 2, 9],
    [7, 8, 9],
  ]);
  t.strictSame(hoursOf(trials), [
    [1, 2],
    [7, 8],
  ]);
  t.end();
});
