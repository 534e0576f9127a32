/** Schedules with a clock that is moved by hand, over a real, temporary database. */
import { pairingRules } from '../../src/analysis/pairing/rules.ts';
import { type AlertCarrier, type Carrier, DeliveryError, type Shipment } from '../../src/domain/delivery.ts';
import type { Store } from '../../src/domain/ports.ts';
import type { Report, ReportRequest } from '../../src/domain/report.ts';
import { NO_PLAN, type SchedulePlan } from '../../src/domain/report-plan.ts';
import type { Incident } from '../../src/domain/resources.ts';
import { createOffice, type Office } from '../../src/reports/office.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { makeStoredReport } from './stored-report.ts';

const HOUR_MS = 3_600_000;

export function makePlan(more: Partial<SchedulePlan> = {}): SchedulePlan {
  return {
    name: 'daily',
    cron: '0 7 * * *',
    timezone: 'UTC',
    windowMs: 24 * HOUR_MS,
    filters: {},
    format: 'html',
    deliver: [],
    keepMs: 90 * 24 * HOUR_MS,
    ...more,
  };
}

/** A carrier that remembers what it was given; it fails for as long as `failure` is set, and waits while `hold` does. */
export interface TestCarrier extends Carrier {
  readonly sent: string[];
  readonly tried: string[];
  failure: Error | null;
  hold: Promise<void> | null;
}

export function makeCarrier(target: string): TestCarrier {
  return {
    target,
    type: 'webhook',
    destination: 'https://example.com',
    sent: [],
    tried: [],
    failure: null,
    hold: null,
    async deliver({ id }: Shipment, signal) {
      this.tried.push(id);
      const ended = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new DeliveryError('broken off')), { once: true });
      });
      ended.catch(() => {});
      if (this.hold !== null) await Promise.race([this.hold, ended]);
      if (this.failure !== null) throw this.failure;
      this.sent.push(id);
    },
  };
}

export interface TestOffice {
  readonly office: Office;
  readonly store: Store;
  /** What reports were asked for. */
  readonly made: ReportRequest[];
  readonly told: string[];
}

export interface TestOfficeOptions {
  readonly plans: readonly SchedulePlan[];
  readonly carriers?: readonly Carrier[];
  readonly alertCarriers?: readonly AlertCarrier[];
  readonly store?: Store;
  readonly now: () => number;
  readonly make?: (request: ReportRequest) => Promise<Report>;
  readonly incidents?: () => Promise<readonly Incident[]>;
}

/** An office that has not started. */
export function makeOffice(options: TestOfficeOptions): TestOffice {
  const store = options.store ?? openSqliteStore({ path: null, mode: 'write', rules: pairingRules });
  const made: ReportRequest[] = [];
  const told: string[] = [];
  const byTarget = <T extends { readonly target: string }>(all: readonly T[] = []): Map<string, T> =>
    new Map(all.map((one) => [one.target, one]));
  const office = createOffice(
    { ...NO_PLAN, schedules: options.plans },
    {
      store: store.reports,
      carriers: byTarget(options.carriers),
      alertCarriers: byTarget(options.alertCarriers),
      make: async (request) => {
        made.push(request);
        if (options.make !== undefined) return options.make(request);
        return makeStoredReport({ since: request.since, until: request.until }).report;
      },
      incidents: options.incidents ?? (async () => []),
      now: options.now,
      random: () => 0,
      // The clock is moved by hand.
      lookMs: 5,
      tell: (message) => void told.push(message),
    },
  );
  return { office, store, made, told };
}
