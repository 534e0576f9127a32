/** Tells the open incidents of one schedule to one target, again and again. */
import type { AlertCarrier } from '../domain/delivery.ts';
import { messageOf } from '../domain/errors.ts';
import { DELIVERY_ERROR_MAX, DELIVERY_MS_MAX } from '../domain/limits.ts';
import type { AlertStatus } from '../domain/report-desk.ts';
import type { SchedulePlan } from '../domain/report-plan.ts';
import type { ReportStore } from '../domain/report-store.ts';
import type { Incident } from '../domain/resources.ts';
import { nextRound } from './alerts.ts';

/** Times of the pause between two tellings after which a target takes an alert to be over, should we be gone. */
const LAPSE_PAUSES = 4;

export interface WatchmanDeps {
  readonly store: ReportStore;
  /** Incidents of late that match the filters of the schedule, the worst first. */
  readonly incidents: (plan: SchedulePlan) => Promise<readonly Incident[]>;
  readonly now: () => number;
  readonly tell: (message: string) => void;
  readonly externalUrl: string | null;
}

export interface Watchman {
  readonly schedule: string;
  readonly target: string;
  /** Tells what there is to tell. Never fails: what goes wrong is in `status`, and mended by the next round. */
  round(stopped: AbortSignal): Promise<void>;
  status(): AlertStatus;
}

export function createWatchman(plan: SchedulePlan, carrier: AlertCarrier, deps: WatchmanDeps): Watchman {
  const key = { schedule: plan.name, target: carrier.target };
  let status: AlertStatus = { firing: 0, told: null, error: null };
  const round = async (stopped: AbortSignal): Promise<void> => {
    const before = await deps.store.firingAlerts(key);
    const incidents = await deps.incidents(plan);
    const now = deps.now();
    const lapse = now + LAPSE_PAUSES * carrier.resendMs;
    const options = { schedule: plan.name, now, lapse, externalUrl: deps.externalUrl };
    const { alerts, firing } = nextRound(incidents, before, options);
    if (alerts.length > 0)
      await carrier.tell(alerts, AbortSignal.any([stopped, AbortSignal.timeout(DELIVERY_MS_MAX)]));
    // What is told and not noted, as the process was killed in between, lapses by itself.
    if (JSON.stringify(firing) !== JSON.stringify(before)) await deps.store.replaceAlerts(key, firing);
    status = { firing: firing.length, told: deps.now(), error: null };
  };
  return {
    ...key,
    async round(stopped) {
      try {
        await round(stopped);
      } catch (error) {
        if (stopped.aborted) return;
        const message = messageOf(error).slice(0, DELIVERY_ERROR_MAX);
        if (status.error !== message) deps.tell(`cannot tell alerts to ${carrier.target}: ${message}`);
        status = { ...status, error: message };
      }
    },
    status: () => status,
  };
}
