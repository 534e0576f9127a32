/** `meshwake report --test-delivery NAME`: sends one target something that says it is a test. */
import { openRuntime } from '../compose/local.ts';
import { carriersOf, readPlan } from '../compose/reports.ts';
import type { Alert, Shipment } from '../domain/delivery.ts';
import { AppError, messageOf, quoted } from '../domain/errors.ts';
import { DELIVERY_MS_MAX } from '../domain/limits.ts';
import { nearest } from '../domain/nearest.ts';
import type { ReportsPlan } from '../domain/report-plan.ts';
import { formatTime } from '../domain/time.ts';
import type { Io } from './io.ts';

const DAY_MS = 86_400_000;
const TITLE = 'This is a test of the delivery: nothing is wrong.';

/**
 * Answers where it went. Errors: `usage` without a configuration file, `bad_parameter` for a target that there is not,
 * `delivery_failed`.
 */
export async function testDelivery(target: string, config: string | null, io: Io): Promise<string> {
  if (config === null)
    throw new AppError('usage', 'cannot test a delivery: no configuration file is named', {
      remedy: 'name it with --config FILE',
    });
  const plan = await readPlan(config, { env: io.env, now: io.now });
  const { carriers, alertCarriers } = carriersOf(plan, io.now);
  const carrier = carriers.get(target);
  const alertCarrier = alertCarriers.get(target);
  const signal = AbortSignal.any([io.interrupted, AbortSignal.timeout(DELIVERY_MS_MAX)]);
  try {
    if (carrier !== undefined) {
      await carrier.deliver(await testShipment(target, plan, io.now), signal);
      return carrier.destination;
    }
    if (alertCarrier !== undefined) {
      await alertCarrier.tell([testAlert(io.now())], signal);
      return alertCarrier.destination;
    }
  } catch (error) {
    throw new AppError('delivery_failed', `cannot deliver to ${target}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  throw unknownTarget(target, plan);
}

/** An honest report of no lines, under a headline that says what it is. */
async function testShipment(target: string, plan: ReportsPlan, now: () => number): Promise<Shipment> {
  const until = now();
  const since = until - DAY_MS;
  const schedule = plan.schedules.find(({ deliver }) => deliver.includes(target));
  const runtime = await openRuntime({ db: null, mode: 'write', now });
  try {
    const made = await runtime.analysis.report({ since, until, filters: {}, compareSince: null });
    const report = { ...made, headline: TITLE };
    const id = `test-${formatTime(until).replaceAll(/[-:.]/g, '')}`;
    const stored = {
      ...{ id, since, until, report },
      ...{ schedule: schedule?.name ?? null, period: until, made: until, missed: 0, filters: {} },
      format: schedule?.format ?? ('html' as const),
      headline: TITLE,
      severity: null,
    };
    return { id: `${id}/${target}`, report: stored };
  } finally {
    await runtime.close();
  }
}

/** It is over within half a minute. */
function testAlert(now: number): Alert {
  return {
    labels: { alertname: 'MeshwakeTest', severity: 'info' },
    annotations: { summary: TITLE },
    startsAt: formatTime(now - 1_000),
    endsAt: formatTime(now + 30_000),
    generatorURL: null,
  };
}

function unknownTarget(target: string, { targets }: ReportsPlan): AppError {
  const names = targets.map(({ name }) => name);
  const meant = nearest(target, names);
  return new AppError(
    'bad_parameter',
    `cannot test delivery to ${quoted(target)}: there is no such target; expected one of ${names.join(', ') || 'those of a configuration that has none'}`,
    meant === null ? {} : { remedy: `did you mean ${meant}?` },
  );
}
