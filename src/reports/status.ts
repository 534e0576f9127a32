/** How a schedule is: its next times, its last report and what became of it. */
import type { AlertCarrier, Carrier } from '../domain/delivery.ts';
import type { ScheduleStatus, TargetStatus } from '../domain/report-desk.ts';
import type { Delivery, ReportStore } from '../domain/report-store.ts';
import type { Times } from './cron.ts';
import type { Duty } from './duty.ts';

const NEXT_RUNS = 5;

export interface StatusDeps {
  readonly store: ReportStore;
  readonly now: () => number;
  readonly carriers: ReadonlyMap<string, Carrier>;
  readonly alertCarriers: ReadonlyMap<string, AlertCarrier>;
}

export async function statusOf(
  { plan, times, watchmen, error }: Pick<Duty, 'plan' | 'times' | 'watchmen' | 'error'>,
  { store, now, carriers, alertCarriers }: StatusDeps,
): Promise<ScheduleStatus> {
  const { deliver, keepMs: _keepMs, ...told } = plan;
  const [lastReport = null] = await store.reports({ schedule: plan.name, before: null, limit: 1 });
  const deliveries = lastReport === null ? [] : await store.deliveriesOf([lastReport.id]);
  const targets = deliver.flatMap((target): TargetStatus[] => {
    const carrier = carriers.get(target) ?? alertCarriers.get(target);
    if (carrier === undefined) return [];
    const { type, destination } = carrier;
    const watchman = watchmen.find((one) => one.target === target);
    const delivery = deliveries.find((one: Delivery) => one.target === target) ?? null;
    return [{ target, type, destination, delivery, alerts: watchman?.status() ?? null }];
  });
  return { ...told, nextRuns: nextRuns(times, now()), lastReport, error, targets };
}

function nextRuns(times: Times, now: number): readonly number[] {
  const runs: number[] = [];
  for (let at = times.next(now); at !== null && runs.length < NEXT_RUNS; at = times.next(at)) runs.push(at);
  return runs;
}
