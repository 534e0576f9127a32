/** Puts reports together: what the configuration says, who makes them, and who carries them. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { readReportsPlan } from '../config/reports.ts';
import { type Carriers, createCarriers } from '../deliver/carriers.ts';
import type { RenderStored } from '../deliver/deps.ts';
import { AppError, messageOf, quotedPath } from '../domain/errors.ts';
import { parseFilterOf } from '../domain/filter-scope.ts';
import { ALERTS_MAX, CONFIG_BYTES_MAX } from '../domain/limits.ts';
import type { ReportsPlan, SchedulePlan } from '../domain/report-plan.ts';
import { PLAIN_LOOKS, renderReport } from '../output/report/render-report.ts';
import { cronProblem, isTimezone } from '../reports/cron.ts';
import { createOffice, type Office } from '../reports/office.ts';
import type { Runtime } from './runtime.ts';

export type { Office } from '../reports/office.ts';

const DAY_MS = 86_400_000;

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ms since the epoch. */
  readonly now: () => number;
}

/**
 * Reads the configuration file; the files that it names are looked for from where it is.
 * Errors: `file_missing`, `file_unreadable`, `bad_parameter`.
 */
export async function readPlan(path: string, { env, now }: Surroundings): Promise<ReportsPlan> {
  return readReportsPlan(await readConfigFile(path), basename(path), {
    env,
    readFile: (file) => readFile(resolve(dirname(path), file), 'utf8'),
    resolvePath: (named) => resolve(dirname(path), named),
    cronProblem: (cron, timezone) => cronProblem(cron, timezone, now()),
    isTimezone,
    now: now(),
  });
}

async function readConfigFile(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > CONFIG_BYTES_MAX)
      throw new AppError(
        'bad_parameter',
        `cannot read configuration ${quotedPath(path)}: it has more than ${CONFIG_BYTES_MAX} bytes`,
      );
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof AppError) throw error;
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new AppError(
      isMissing ? 'file_missing' : 'file_unreadable',
      `cannot read configuration ${quotedPath(path)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** A carrier for each target. */
export function carriersOf(plan: ReportsPlan, now: () => number): Carriers {
  return createCarriers(plan, { render: renderStored, now });
}

/** Whoever looks after the reports of an open database; not started yet. */
export function createReportOffice(
  { store, analysis }: Pick<Runtime, 'store' | 'analysis'>,
  plan: ReportsPlan,
  { now, tell }: { readonly now: () => number; readonly tell: (message: string) => void },
): Office {
  return createOffice(plan, {
    ...carriersOf(plan, now),
    store: store.reports,
    make: (request) => analysis.report(request),
    incidents: async ({ filters, windowMs }: SchedulePlan) => {
      const since = String(now() - (windowMs ?? DAY_MS));
      const filter = parseFilterOf('incidents', { ...filters, since }, now());
      return (await analysis.incidents(filter, { limit: ALERTS_MAX, cursor: null })).items;
    },
    now,
    random: Math.random,
    tell,
  });
}

/** A report as its format asks, or as another one. */
export const renderStored: RenderStored = ({ report, format }, other = format) =>
  renderReport(report, other, PLAIN_LOOKS);
