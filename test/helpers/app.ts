/** The HTTP side over a real, temporary database. */
import type { FastifyInstance } from 'fastify';
import { openRuntime } from '../../src/compose/local.ts';
import { createReportOffice } from '../../src/compose/reports.ts';
import type { Runtime } from '../../src/compose/runtime.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { NO_PLAN } from '../../src/domain/report-plan.ts';
import { buildApp } from '../../src/http/app.ts';
import { type AppDeps, TIMEOUTS } from '../../src/http/deps.ts';

export interface TestApp {
  readonly app: FastifyInstance;
  readonly runtime: Runtime;
  /** Makes the server say that it is about to stop. */
  drain(): void;
}

/** Builds an app that holds `lines`; it is closed with the test. */
export async function createApp(
  t: { teardown(work: () => Promise<void>): void },
  options: { readonly lines?: string; readonly deps?: Partial<AppDeps> } = {},
): Promise<TestApp> {
  const runtime = await openRuntime({ db: null, mode: 'write', now: Date.now });
  const ingest = runtime.newIngest({ format: null, identity: NO_IDENTITY });
  await ingest.write(Buffer.from(options.lines ?? ''));
  await ingest.end();
  const office = createReportOffice(runtime, NO_PLAN, { now: Date.now, tell: () => {} });
  let draining = false;
  const app = await buildApp({
    analysis: runtime.analysis,
    answers: runtime.answers,
    newIngest: runtime.newIngest,
    arrivals: runtime.arrivals,
    meter: runtime.meter,
    reports: runtime.store.reports,
    office,
    condition: () => runtime.store.condition(),
    page: null,
    version: '0.0.0',
    now: Date.now,
    tokens: null,
    loopback: true,
    isDraining: () => draining,
    log: null,
    timeouts: TIMEOUTS,
    ...options.deps,
  });
  t.teardown(async () => {
    await app.close();
    await runtime.close();
  });
  return {
    app,
    runtime,
    drain: () => {
      draining = true;
    },
  };
}
