/** Counts what was made and delivered since the start of the process. */
import type { DeliveryOutcome, ReportCounters } from '../domain/report-desk.ts';

export interface Counts {
  countMade(schedule: string): void;
  countFailed(schedule: string): void;
  countDelivery(target: string, outcome: DeliveryOutcome): void;
  notePending(pending: number): void;
  counters(): Omit<ReportCounters, 'firing'>;
  /** Targets whose last try did not go well, a sentence each. */
  problems(): readonly string[];
}

export function createCounts(): Counts {
  const made = new Map<string, number>();
  const failed = new Map<string, number>();
  const deliveries = new Map<string, Record<DeliveryOutcome, number>>();
  const last = new Map<string, DeliveryOutcome>();
  let pending = 0;
  const add = (counts: Map<string, number>, name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  return {
    countMade: (schedule) => add(made, schedule),
    countFailed: (schedule) => add(failed, schedule),
    countDelivery(target, outcome) {
      const counts = deliveries.get(target) ?? { delivered: 0, retried: 0, failed: 0 };
      counts[outcome]++;
      deliveries.set(target, counts);
      last.set(target, outcome);
    },
    notePending(now) {
      pending = now;
    },
    counters: () => ({ made, failed, deliveries, pending }),
    problems: () =>
      [...last]
        .filter(([, outcome]) => outcome !== 'delivered')
        .map(([target, outcome]) =>
          outcome === 'failed'
            ? `gave up a delivery to ${target}`
            : `cannot deliver to ${target}; it is tried again`,
        ),
  };
}
