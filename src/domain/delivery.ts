/** What carries reports and alerts to where they are read. */
import type { TargetType } from './report-plan.ts';
import type { StoredReport } from './report-store.ts';

/** One report for one target. */
export interface Shipment {
  /** The same over all tries. */
  readonly id: string;
  readonly report: StoredReport;
}

export interface Carrier {
  readonly target: string;
  readonly type: TargetType;
  /** Where it goes, without what is secret of it: an origin, a host with port, a path. */
  readonly destination: string;
  /** Resolves when the target has it. Errors: `DeliveryError`; then nobody knows whether it arrived. */
  deliver(shipment: Shipment, signal: AbortSignal): Promise<void>;
}

export interface Alert {
  /** What it is known by: two alerts with the same labels are one. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly startsAt: string;
  /** When it is over, should nothing more be heard of it; in the past: it is over. */
  readonly endsAt: string;
  /** Null: no link. */
  readonly generatorURL: string | null;
}

export interface AlertCarrier {
  readonly target: string;
  readonly type: TargetType;
  readonly destination: string;
  /** Ms between two tellings. */
  readonly resendMs: number;
  /** Errors: `DeliveryError`. */
  tell(alerts: readonly Alert[], signal: AbortSignal): Promise<void>;
}

/** Why something could not be delivered; its message has no secrets in it. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  /** Ms that the other side asked to wait; null: it did not say. */
  readonly retryAfterMs: number | null;

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number | null } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}
