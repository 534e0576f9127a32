/** What Prometheus is told of this process. Names keep to its rules: base units, `_total` for what only grows. */
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Admission } from './admission.ts';
import type { AppDeps } from './deps.ts';
import { addReports } from './report-metrics.ts';

const PREFIX = 'meshwake_';
/** Seconds. Answers of ingest wait for the disk. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** For requests that no route takes: their paths are anybody's to choose. */
const NO_ROUTE = 'none';

/** Gauges that are called totals, which Prometheus keeps for counters. The same is told by type, without `_total`. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

type Deps = Pick<AppDeps, 'answers' | 'meter' | 'condition' | 'version' | 'isDraining' | 'office'>;

/** Makes the registry, and counts the requests of `app`. */
export function createMetrics(app: FastifyInstance, deps: Deps, admission: Admission): Registry {
  const registry = new Registry();
  addBuild(registry, deps.version);
  addLines(registry, deps);
  addStore(registry, deps);
  addAnswers(registry, deps);
  addReports(registry, PREFIX, deps.office);
  addWaiting(registry, deps, admission);
  addRequests(registry, app);
  return Registry.merge([processMetrics(), registry]);
}

let ofProcess: Registry | null = null;

/** Numbers of the process, however many servers it has had: whoever watches its garbage collector is never let go. */
function processMetrics(): Registry {
  if (ofProcess !== null) return ofProcess;
  ofProcess = new Registry();
  collectDefaultMetrics({ register: ofProcess });
  for (const name of MISNAMED) ofProcess.removeSingleMetric(name);
  return ofProcess;
}

function addBuild(registry: Registry, version: string): void {
  new Gauge({
    name: `${PREFIX}build_info`,
    help: 'Always 1; the version is in the label',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1);
}

/** A number that is asked for when it is told. */
function addGauge(registry: Registry, name: string, help: string, read: () => number | null): void {
  new Gauge({
    name: PREFIX + name,
    help,
    registers: [registry],
    collect() {
      const value = read();
      if (value === null) this.remove();
      else this.set(value);
    },
  });
}

function addLines(registry: Registry, { meter }: Deps): void {
  const helps = {
    received: 'Lines that came in',
    accepted: 'Lines that were stored',
    duplicates: 'Lines that were stored before',
    skipped: 'Lines that are no access logs',
    failed: 'Lines that could not be stored; their senders were told to send them again',
  } as const;
  for (const [name, help] of Object.entries(helps)) {
    new Counter({
      name: `${PREFIX}lines_${name}_total`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        // The names are those of the totals.
        this.inc(meter.measured().lines[name as keyof typeof helps]);
      },
    });
  }
  new Counter({
    name: `${PREFIX}lines_rejected_total`,
    help: 'Lines that could not be read',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [reason, lines] of meter.measured().rejects) this.inc({ reason }, lines);
    },
  });
  addGauge(registry, 'lines_in_flight', 'Lines that came in and are not settled yet', () => {
    const { received, accepted, duplicates, skipped, rejected, failed } = meter.measured().lines;
    return received - accepted - duplicates - skipped - rejected - failed;
  });
  addGauge(
    registry,
    'oldest_unstored_seconds',
    'How long the oldest line that is not stored yet has waited',
    () => meter.measured().oldestWaitMs / 1_000,
  );
}

function addStore(registry: Registry, { condition }: Deps): void {
  const add = (name: string, help: string, read: () => number | null) => addGauge(registry, name, help, read);
  add('store_ok', '0 when the disk or the database has failed and the process is about to end', () =>
    condition().failure === null ? 1 : 0,
  );
  add('database_bytes', 'Size of the database', () => condition().databaseBytes);
  add('wal_bytes', 'Size of its write-ahead log', () => condition().logBytes);
  add('disk_free_bytes', 'What is free on the disk of the database', () => condition().freeBytes);
  add('disk_below_floor', '1 when so little is free that lines are refused', () =>
    condition().isBelowFloor ? 1 : 0,
  );
}

function addAnswers(registry: Registry, { answers }: Deps): void {
  addGauge(
    registry,
    'answers_behind_lines',
    'Stored lines that an answer does not know of yet',
    () => answers.behind()?.lines ?? 0,
  );
  addGauge(
    registry,
    'answers_behind_seconds',
    'How long the oldest of these has been stored',
    () => answers.behind()?.seconds ?? 0,
  );
  addGauge(
    registry,
    'answering_threads',
    'Threads that answer questions; two while one alone could not follow',
    () => answers.threads(),
  );
}

function addWaiting(registry: Registry, { isDraining }: Deps, admission: Admission): void {
  addGauge(registry, 'ingest_requests_active', 'Bodies that are being read', () => admission.state().active);
  addGauge(registry, 'queue_bytes', 'Bytes of bodies that are held', () => admission.state().heldBytes);
  addGauge(registry, 'draining', '1 when no new requests are taken', () => (isDraining() ? 1 : 0));
}

function addRequests(registry: Registry, app: FastifyInstance): void {
  const requests = new Counter({
    name: `${PREFIX}http_requests_total`,
    help: 'Requests that were answered',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: `${PREFIX}http_request_duration_seconds`,
    help: 'Time from the headers of a request to the end of its answer',
    labelNames: ['method', 'route'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    // Of what no route takes, the method may be anything that Node.js knows.
    const route = request.is404 ? NO_ROUTE : (request.routeOptions.url ?? NO_ROUTE);
    const method = request.is404 ? NO_ROUTE : request.method;
    requests.inc({ method, route, status: String(reply.statusCode) });
    seconds.observe({ method, route }, reply.elapsedTime / 1_000);
  });
}
