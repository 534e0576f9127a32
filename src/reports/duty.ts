/** One schedule that is looked after, and how far it is. */
import type { AlertCarrier, Carrier } from '../domain/delivery.ts';
import { messageOf } from '../domain/errors.ts';
import type { ReportsPlan, SchedulePlan } from '../domain/report-plan.ts';
import type { StoredReport } from '../domain/report-store.ts';
import type { Counts } from './counts.ts';
import { readTimes, type Times } from './cron.ts';
import { findDue } from './due.ts';
import { type MakerDeps, makeScheduled } from './maker.ts';
import { createWatchman, type Watchman, type WatchmanDeps } from './watchman.ts';

export interface DutyDeps extends MakerDeps, Pick<WatchmanDeps, 'incidents' | 'tell'> {
  readonly carriers: ReadonlyMap<string, Carrier>;
  readonly alertCarriers: ReadonlyMap<string, AlertCarrier>;
}

export interface Duty {
  readonly plan: SchedulePlan;
  readonly times: Times;
  /** Targets that its reports are delivered to, and those that alerts are told to. */
  readonly targets: readonly string[];
  readonly watchmen: readonly Watchman[];
  /** Ms since the epoch until which it has been looked after. */
  until: number;
  /** Why the report that is due could not be made; null: none is. */
  error: string | null;
  /** Ms since the epoch before which it is not tried again. */
  notBefore: number;
}

/** After a report could not be made. */
const AGAIN_MS = 30_000;

export function toDuty(plan: SchedulePlan, { externalUrl }: ReportsPlan, deps: DutyDeps): Duty {
  const alerting = plan.deliver.flatMap((target) => deps.alertCarriers.get(target) ?? []);
  return {
    plan,
    times: readTimes(plan.cron, plan.timezone),
    targets: plan.deliver.filter((target) => deps.carriers.has(target)),
    watchmen: alerting.map((carrier) => createWatchman(plan, carrier, { ...deps, externalUrl })),
    until: Number.POSITIVE_INFINITY,
    error: null,
    notBefore: 0,
  };
}

/** Makes the report that is due, if one is. What goes wrong is kept and tried again. */
export async function makeDue(duty: Duty, deps: DutyDeps & { readonly counts: Counts }): Promise<void> {
  const due = findDue(duty.times, duty.until, deps.now());
  if (due === null || deps.now() < duty.notBefore) return;
  const { name } = duty.plan;
  try {
    await makeCounted(name, deps.counts, () => makeScheduled(duty.plan, due, duty, deps));
    duty.until = due.period;
    duty.error = null;
  } catch (error) {
    const message = messageOf(error);
    if (duty.error !== message) deps.tell(`cannot make report ${name}: ${message}; tried again`);
    duty.error = message;
    duty.notBefore = deps.now() + AGAIN_MS;
  }
}

export async function makeCounted<T extends StoredReport | null>(
  name: string,
  counts: Counts,
  make: () => Promise<T>,
): Promise<T> {
  try {
    const made = await make();
    if (made !== null) counts.countMade(name);
    return made;
  } catch (error) {
    counts.countFailed(name);
    throw error;
  }
}
