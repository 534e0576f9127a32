/** Looks after schedules: makes reports when they are due, has them carried, and tells alerts. */
import { AppError, messageOf } from '../domain/errors.ts';
import { REPORTS_AT_ONCE_MAX } from '../domain/limits.ts';
import type { ReportDesk } from '../domain/report-desk.ts';
import { ASKED, type ReportsPlan } from '../domain/report-plan.ts';
import { createBell } from './bell.ts';
import { createCounts } from './counts.ts';
import { createCourier } from './courier.ts';
import { type DutyDeps, makeCounted, makeDue, toDuty } from './duty.ts';
import { makeAsked } from './maker.ts';
import { statusOf } from './status.ts';
import type { Watchman } from './watchman.ts';

export interface OfficeDeps extends DutyDeps {
  /** 0 to 1. */
  readonly random: () => number;
  /** Ms between two looks, at most. */
  readonly lookMs?: number;
}

export interface Office extends ReportDesk {
  /** Begins to look after schedules. Errors: those of the store. */
  start(): Promise<void>;
  /** Ends what is under way; what was not delivered is kept for the next time. */
  stop(): Promise<void>;
}

/** The clock may be put forward, and a machine may sleep: so often somebody looks, at least. */
const LOOK_MS_MAX = 10_000;
/** After the store failed. */
const AGAIN_MS = 30_000;

export function createOffice(plan: ReportsPlan, deps: OfficeDeps): Office {
  const { store, now, lookMs = LOOK_MS_MAX } = deps;
  const stopped = new AbortController();
  const counts = createCounts();
  const duties = plan.schedules.map((schedule) => toDuty(schedule, plan, deps));
  const bell = createBell();
  const courier = createCourier({ ...deps, wake: bell.ring, count: counts.countDelivery });
  let running: Promise<void>[] = [];
  let asked = 0;

  /** Makes what is due. Answers when to look again, ms since the epoch. */
  const look = async (): Promise<number> => {
    let next = now() + lookMs;
    for (const duty of duties) {
      await makeDue(duty, { ...deps, counts });
      const wait = duty.error === null ? duty.times.next(duty.until) : duty.notBefore;
      if (wait !== null) next = Math.min(next, wait);
    }
    const sent = await courier.sendDue();
    counts.notePending(sent.pending);
    return Math.min(next, sent.next ?? next);
  };
  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const next = await look().catch((error: unknown) => {
        deps.tell(`cannot look after reports: ${messageOf(error)}`);
        return now() + AGAIN_MS;
      });
      await bell.wait(next - now(), stopped.signal);
    }
  };
  const patrol = async (watchman: Watchman): Promise<void> => {
    const pause = deps.alertCarriers.get(watchman.target)?.resendMs ?? LOOK_MS_MAX;
    const alone = createBell();
    while (!stopped.signal.aborted) {
      await watchman.round(stopped.signal);
      await alone.wait(pause, stopped.signal);
    }
  };
  return {
    async start() {
      for (const duty of duties) {
        const { name, cron, timezone } = duty.plan;
        duty.until = await store.beginSchedule(name, `${cron} ${timezone}`, now());
      }
      running = [watch(), ...duties.flatMap(({ watchmen }) => watchmen).map(patrol)];
    },
    async stop() {
      stopped.abort();
      await courier.stop();
      await Promise.all(running);
    },
    ask: async (question) => {
      if (asked >= REPORTS_AT_ONCE_MAX)
        throw new AppError('too_many_requests', 'cannot make another report: one is being made');
      asked++;
      try {
        return await makeCounted(ASKED, counts, () => makeAsked(question, deps));
      } finally {
        asked--;
      }
    },
    schedules: () => Promise.all(duties.map((duty) => statusOf(duty, deps))),
    counters: () => ({ ...counts.counters(), firing: firingOf(duties.flatMap(({ watchmen }) => watchmen)) }),
    problems: () => [
      ...duties.flatMap(({ plan: { name }, error }) =>
        error === null ? [] : [`cannot make report ${name}: ${error}`],
      ),
      ...duties
        .flatMap(({ watchmen }) => watchmen)
        .flatMap((one) => {
          const { error } = one.status();
          return error === null ? [] : [`cannot tell alerts to ${one.target}: ${error}`];
        }),
      ...counts.problems(),
    ],
  };
}

/** By target, which several schedules may tell. */
function firingOf(watchmen: readonly Watchman[]): ReadonlyMap<string, number> {
  const firing = new Map<string, number>();
  for (const { target, status } of watchmen) firing.set(target, (firing.get(target) ?? 0) + status().firing);
  return firing;
}
