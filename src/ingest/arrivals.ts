/** Notes when the lines began that a store has taken, as long as somebody wants to know. */
import type { Arrivals } from '../domain/arrivals.ts';
import { ARRIVALS_MAX } from '../domain/limits.ts';
import type { LineColumns } from '../domain/line-columns.ts';
import type { LineWriter } from '../domain/ports.ts';

/** A writer that does the same, and what it is told. At rest it costs nothing. */
export function noteArrivals(store: LineWriter): {
  readonly writer: LineWriter;
  readonly arrivals: Arrivals;
} {
  let listening = false;
  let starts = new Set<number>();
  let dropped = 0;
  const writer: LineWriter = {
    async append(lines, rejects, taken) {
      if (!listening) return store.append(lines, rejects, taken);
      // The columns are filled anew once they are stored.
      const noted = startsOf(lines);
      const count = lines.length;
      const result = await store.append(lines, rejects, taken);
      if (result.accepted === 0) return result;
      let kept = 0;
      for (const start of noted) {
        if (starts.size >= ARRIVALS_MAX && !starts.has(start)) continue;
        starts.add(start);
        kept++;
      }
      dropped += Math.max(0, Math.min(result.accepted, count) - kept);
      return result;
    },
    ...(store.settle === undefined ? {} : { settle: store.settle }),
  };
  return {
    writer,
    arrivals: {
      listen(on) {
        listening = on;
        if (on) return;
        starts = new Set();
        dropped = 0;
      },
      take() {
        const arrived = { starts: [...starts], dropped };
        starts = new Set();
        dropped = 0;
        return arrived;
      },
    },
  };
}

/** Of the first lines, as many as can be kept. */
function startsOf(lines: LineColumns): number[] {
  const starts: number[] = [];
  for (let i = 0; i < lines.length && i < ARRIVALS_MAX; i++) {
    starts.push(lines.alone.get(i)?.entry.start_time ?? lines.start[i] ?? 0);
  }
  return starts;
}
