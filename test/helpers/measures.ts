/** What a store has measured, put together so that it can be compared. */
import type { Store } from '../../src/domain/ports.ts';

/** By shape and minute: lines, bytes and how often each duration; sorted. Nothing is told of what came to nothing. */
export async function measuresOf(store: Store): Promise<string[]> {
  const flows = await store.flows({ since: null, until: null });
  const shapes = new Map(flows.map(({ shape }) => [shape.id, JSON.stringify({ ...shape, id: 0 })]));
  const sums = new Map<
    string,
    { lines: number; received: number; sent: number; durations: Record<string, number> }
  >();
  const query = { from: 0, to: Number.MAX_SAFE_INTEGER, durations: true, bytes: true };
  for await (const { hour, sign, length, ...columns } of store.measures(query)) {
    for (let i = 0; i < length; i++) {
      const key = `${hour}:${columns.minutes[i]} ${shapes.get(columns.shapes[i] ?? 0)}`;
      const sum = sums.get(key) ?? { lines: 0, received: 0, sent: 0, durations: {} };
      sums.set(key, sum);
      sum.lines += sign;
      sum.received += sign * (columns.received[i] ?? 0);
      sum.sent += sign * (columns.sent[i] ?? 0);
      const code = String(columns.durations[i]);
      sum.durations[code] = (sum.durations[code] ?? 0) + sign;
      if (sum.durations[code] === 0) delete sum.durations[code];
    }
  }
  return [...sums]
    .filter(([, { lines, received, sent }]) => lines !== 0 || received !== 0 || sent !== 0)
    .map((sum) => JSON.stringify(sum))
    .sort();
}

/** The same from the lines themselves, by plain means. `codeOf`: of a duration, null for none. */
export async function measuresOfLines(
  store: Store,
  codeOf: (duration: number | null) => number,
): Promise<string[]> {
  const lines = await store.lines({
    since: null,
    until: null,
    shapes: null,
    order: 'oldest',
    after: null,
    limit: 10_000,
  });
  const flows = await store.flows({ since: null, until: null });
  const shapes = new Map(flows.map(({ shape }) => [shape.id, JSON.stringify({ ...shape, id: 0 })]));
  const sums = new Map<
    string,
    { lines: number; received: number; sent: number; durations: Record<string, number> }
  >();
  for (const { entry, shapeId, superseded } of lines) {
    if (superseded) continue;
    const minute = Math.floor(entry.start_time / 60_000);
    const key = `${Math.floor(minute / 60)}:${minute % 60} ${shapes.get(shapeId)}`;
    const sum = sums.get(key) ?? { lines: 0, received: 0, sent: 0, durations: {} };
    sums.set(key, sum);
    sum.lines++;
    sum.received += entry.bytes_received ?? 0;
    sum.sent += entry.bytes_sent ?? 0;
    const code = String(codeOf(entry.duration));
    sum.durations[code] = (sum.durations[code] ?? 0) + 1;
  }
  return [...sums].map((sum) => JSON.stringify(sum)).sort();
}
