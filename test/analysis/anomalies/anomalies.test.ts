import t from 'tap';
import { METRIC_OF, simulateWeeks, UNUSUAL, WEEKS_START } from '../../../bench/simulator/weeks.ts';
import { openRuntime } from '../../../src/compose/local.ts';
import { NO_IDENTITY, type ParsedLine } from '../../../src/domain/entry.ts';
import { NO_FILTER } from '../../../src/domain/filter.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import type { AnomalyPage } from '../../../src/domain/queries.ts';
import { createLineParser } from '../../../src/parse/line-parser.ts';

const WEEKS = 3;
const DAY = 86_400_000;
const PAGE = { limit: 100, cursor: null };
const END = WEEKS_START + WEEKS * 7 * DAY;

function read(lines: Iterable<string>): ParsedLine[] {
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  const parsed: ParsedLine[] = [];
  for (const line of lines) {
    const outcome = parser.push(line, true);
    if (outcome?.kind === 'accepted') parsed.push(outcome.line);
  }
  return parsed;
}

async function judge(
  lines: readonly ParsedLine[],
  window: { readonly since: number | null; readonly until: number | null },
): Promise<AnomalyPage> {
  const runtime = await openRuntime({ db: null, mode: 'write', now: () => END });
  try {
    for (let at = 0; at < lines.length; at += 20_000)
      await runtime.store.append(columnsOf(lines.slice(at, at + 20_000)), []);
    return await runtime.analysis.anomalies({ ...NO_FILTER, ...window }, PAGE);
  } finally {
    await runtime.close();
  }
}

const lastDay = { since: END - DAY, until: END };

t.test('each thing that was put in is told, of the calls and the time that it is in', async (t) => {
  for (const unusual of UNUSUAL) {
    const { lines, injected: all } = simulateWeeks({ seed: 5, weeks: WEEKS, busiest: 100, unusual });
    const [injected] = all;
    const { items } = await judge(read(lines), lastDay);
    const told = items.filter(({ metric }) => metric === METRIC_OF[unusual]);
    t.equal(told.length, 1, unusual);
    t.match(told[0]?.series.source, { workload: injected?.workload, namespace: 'shop' }, unusual);
    const began = WEEKS_START + (injected?.from ?? 0) * 3_600_000;
    const since = Date.parse(told[0]?.since ?? '');
    // A rate that rises slowly may count a failure of the usual kind just before it.
    t.ok(Math.abs(since - began) < 3 * 3_600_000, `${unusual} began in its first hours`);
    t.equal(items.length, 1, `nothing is told beside ${unusual}`);
    t.match(told[0]?.summary, injected?.workload ?? '?', 'in words');
  }
});

t.test('growth, weekends, new pods and a collector that was away are nothing', async (t) => {
  const lines = read(simulateWeeks({ seed: 6, weeks: WEEKS, busiest: 60, unusual: null }).lines);
  const { items, judged } = await judge(lines, { since: END - 7 * DAY, until: END });
  // The goal is at most one false entry a day; of a whole week with two weeks before it there is hardly one.
  t.ok(items.length <= 1, `${items.length} entries in seven days`);
  t.match(judged, {
    since: new Date(END - 7 * DAY).toISOString(),
    basis: 'hour_of_week',
    days: 13.9,
  });
  t.ok(judged.trials > 1_000 && judged.series > 10);
  const whole = await judge(lines, { since: WEEKS_START, until: END });
  t.ok(whole.judged.holes >= 4, 'the hours of the collector are told');
});

t.test('with few days the day before is what there is, and it is said', async (t) => {
  const { lines } = simulateWeeks({ seed: 7, weeks: 1, busiest: 60, unusual: null });
  const days = read(lines).filter((line) => line.entry.start_time < WEEKS_START + 3 * DAY);
  const { items, judged } = await judge(days, { since: null, until: null });
  t.strictSame(items, []);
  t.match(judged, {
    basis: 'previous_day',
    until: new Date(WEEKS_START + 3 * DAY - 3_600_000).toISOString(),
  });
  const first = await judge(
    days.filter((line) => line.entry.start_time < WEEKS_START + DAY / 2),
    { since: null, until: null },
  );
  t.match(first, { items: [], judged: { basis: null, trials: 0 } }, 'before that nothing can be told');
  t.match(await judge([], { since: null, until: null }), { items: [], judged: { basis: null, series: 0 } });
});

t.test('the order of the lines does not matter', async (t) => {
  const { lines } = simulateWeeks({ seed: 8, weeks: 2, busiest: 100, unusual: 'failures' });
  const parsed = read(lines);
  const window = { since: WEEKS_START + 13 * DAY, until: WEEKS_START + 14 * DAY };
  const told = await judge(parsed, window);
  t.ok(told.items.length > 0);
  t.strictSame(await judge(parsed.toReversed(), window), told);
});

t.test('lines of clocks that are off change nothing', async (t) => {
  const lines = [...simulateWeeks({ seed: 9, weeks: 2, busiest: 100, unusual: 'failures' }).lines];
  const none = { since: null, until: null };
  const told = await judge(read(lines), none);
  t.ok(told.items.length > 0);
  const at = (day: string): string => (lines[0] ?? '').replace('[2026-01-05', `[${day}`);
  for (const day of ['2001-01-05', '2026-01-03', '2099-01-05']) {
    const { items, judged } = await judge(read([...lines, at(day)]), none);
    t.strictSame(items, told.items, `a line of ${day}`);
    t.strictSame(judged, told.judged, `a line of ${day}`);
  }
});
