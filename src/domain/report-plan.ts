/** What the configuration says about reports: which ones, when, and where they go. */
import type { ReportFilters, ReportFormat } from './report.ts';

import type { Secret } from './secret.ts';

/** Names of reports and targets: they become parts of file names and ids. */
export const PLAN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Stands in the ids of reports that were asked for, so that no schedule has it. */
export const ASKED = 'asked';

export interface ReportsPlan {
  readonly schedules: readonly SchedulePlan[];
  readonly targets: readonly TargetPlan[];
  /** Networks, as CIDR, of this machine and private ones that targets may be in. */
  readonly allowNetworks: readonly string[];
  /** Where people reach the web page, without a slash at its end; null: links are left out. */
  readonly externalUrl: string | null;
}

export const NO_PLAN: ReportsPlan = Object.freeze({
  schedules: [],
  targets: [],
  allowNetworks: [],
  externalUrl: null,
});

export interface SchedulePlan {
  readonly name: string;
  /** Cron expression with five fields, or six with seconds in front. */
  readonly cron: string;
  /** IANA name of the time zone that it is meant in. */
  readonly timezone: string;
  /** Ms before the scheduled time; null: since the report before. */
  readonly windowMs: number | null;
  readonly filters: ReportFilters;
  readonly format: ReportFormat;
  /** Names of targets. */
  readonly deliver: readonly string[];
  /** Ms that its reports are kept. */
  readonly keepMs: number;
}

export const TARGET_TYPES = ['file', 'webhook', 'slack', 'email', 'alertmanager'] as const;
export type TargetType = (typeof TARGET_TYPES)[number];

interface NamedTarget {
  readonly name: string;
}

/** One file a report in a directory, or the newest report in a file of its own. */
export interface FileTarget extends NamedTarget {
  readonly type: 'file';
  readonly directory: string | null;
  readonly file: string | null;
}

/** URLs are secrets: many carry a token in their path. */
export interface WebhookTarget extends NamedTarget {
  readonly type: 'webhook';
  readonly url: Secret;
  /** Key of the signature; null: requests are not signed. */
  readonly secret: Secret | null;
  /** For `Authorization: Bearer`; null: none. */
  readonly token: Secret | null;
}

export interface SlackTarget extends NamedTarget {
  readonly type: 'slack';
  readonly url: Secret;
}

export const SMTP_SECURITY = ['tls', 'starttls', 'none'] as const;

export interface EmailTarget extends NamedTarget {
  readonly type: 'email';
  readonly host: string;
  readonly port: number;
  /** TLS from the start, after a plain greeting (refused without), or not at all. */
  readonly security: (typeof SMTP_SECURITY)[number];
  readonly user: string | null;
  readonly password: Secret | null;
  readonly from: string;
  readonly to: readonly string[];
}

export interface AlertmanagerTarget extends NamedTarget {
  readonly type: 'alertmanager';
  readonly url: Secret;
  readonly token: Secret | null;
  /** Ms between two tellings of the same alert. */
  readonly resendMs: number;
}

/** Targets that reports are sent to; alerts are told to the other kind. */
export type ReportTarget = FileTarget | WebhookTarget | SlackTarget | EmailTarget;
export type TargetPlan = ReportTarget | AlertmanagerTarget;
