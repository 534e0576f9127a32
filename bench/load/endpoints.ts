/** `npm run bench -- endpoints`: how long every endpoint takes to answer, alone and while lines come in, and what exports take. */
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Flags, readFlags } from '../flags.ts';
import { generateInput, type Input } from '../input/generate.ts';
import { repeatLines } from '../input/repeat.ts';
import { fill } from '../measure/fill.ts';
import { machine, thousands } from '../measure/machine.ts';
import type { Workshop } from '../measure/workshop.ts';
import { type Asked, askAll, askMany } from './ask.ts';
import { type Cannon, startCannon } from './cannon.ts';
import { endpointsReport, type Measured, PARTS, type Part } from './endpoints-report.ts';
import { EXPORTS, exportAll, withEarlier } from './exports.ts';
import { type Posted, postLines } from './post.ts';
import { aggregates, filters, pages, type Question } from './questions.ts';
import { type Server, startServer } from './server.ts';
import { findSubject } from './subject.ts';

export const ENDPOINTS_FLAGS = {
  lines: '5000000',
  seed: '1',
  /** All of them, unless some are named. */
  part: '',
  /** Of the part `exports`: the same. */
  exports: '',
  seconds: '2',
  'rate-seconds': '15',
  peers: '',
};

/** Of the rate that the server takes when nobody asks. */
const LOAD = 0.8;
/** Filters are many: each is asked for so long. */
const FILTER_SECONDS = 1;
/** Seconds that a first answer is waited for, alone and under ingest. */
const PATIENCE = { alone: 30, loaded: 5 };
/** Requests under way at once when their rate is measured. */
const CONNECTIONS = 10;

interface Around {
  readonly flags: Flags;
  readonly input: Input;
  /** The database, which no part changes. */
  readonly db: string;
  readonly cannon: Cannon;
  readonly workshop: Workshop;
  /** What was measured before. */
  readonly known: Measured;
}

/** Returns the part of the page, with what was measured before of the same database. Errors: `Error` when lines are not taken. */
export async function endpoints(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...ENDPOINTS_FLAGS, ...workshop.flags });
  const named = flags.names('part', PARTS);
  const asked = PARTS.filter((part) => named.length === 0 || named.includes(part));
  const plan = { variant: 'plain', lines: flags.count('lines'), seed: flags.count('seed') } as const;
  const input = generateInput(plan, workshop.inputs);
  const name = join(workshop.inputs, `endpoints-${plan.lines}-${plan.seed}`);
  const db = storeOnce(`${name}.db`, input, workshop);
  const results = `${name}.results.json`;
  const known: Measured = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : {};
  const cannon = startCannon(flags.text('peers'), workshop.tell);
  try {
    let measured = known;
    for (const part of asked) {
      const found = await RUN[part]({ flags, input, db, cannon, workshop, known });
      measured = { ...measured, [part]: { ...found, machine: machine() } };
      writeFileSync(results, JSON.stringify(measured));
    }
    const command = `npm run bench -- endpoints --lines ${plan.lines} --seed ${plan.seed}`;
    return endpointsReport(measured, { lines: plan.lines, command });
  } finally {
    cannon.stop();
  }
}

/** The database of an earlier run, or a new one. */
function storeOnce(db: string, { file, lines }: Input, { tell }: Workshop): string {
  if (existsSync(db)) return db;
  const part = `${db}.part`;
  fill(part, file);
  renameSync(part, db);
  tell(`${thousands(lines)} lines stored`);
  return db;
}

type Run<P extends Part> = (around: Around) => Promise<Omit<NonNullable<Measured[P]>, 'machine'>>;

const RUN: { readonly [P in Part]: Run<P> } = {
  alone: (around) =>
    withServer(around.db, async (server, begin) => {
      const list = await endpointsOf(server, around);
      const answers = await ask(around, server, list, {
        seconds: secondsOf(around),
        patience: PATIENCE.alone,
      });
      const { workshop, cannon } = around;
      const rate = await askMany(cannon, `${server.url}/api/v1/incidents`, CONNECTIONS, secondsOf(around));
      workshop.tell(`${rate.toFixed(0)} lists of incidents a second`);
      return { begin, answers, rate, connections: CONNECTIONS };
    }),
  filters: (around) =>
    withServer(around.db, async (server) => {
      const list = filters(await findSubject(server.url, around.input.file));
      const answers = await ask(around, server, list, { seconds: FILTER_SECONDS, patience: PATIENCE.alone });
      return { answers };
    }),
  loaded: (around) => {
    const { db, workshop } = around;
    const copy = join(workshop.folder, 'loaded.db');
    copyFileSync(db, copy);
    return withServer(copy, (server) => askUnderIngest(around, server));
  },
  exports: async ({ flags, db, workshop, known }) => {
    const named = flags.names('exports', EXPORTS);
    const asked = EXPORTS.filter((name) => named.length === 0 || named.includes(name));
    const { exports } = await exportAll(db, asked, workshop.tell);
    return { exports: withEarlier(known.exports?.exports ?? [], exports) };
  },
};

/** Begins with what makes the model, once: `begin` is how long that took, ms. */
async function withServer<T>(db: string, work: (server: Server, begin: number) => Promise<T>): Promise<T> {
  const server = await startServer(db);
  try {
    const started = performance.now();
    // Longer than an answer may take at most: it is made to its end, whoever waits.
    while ((await fetch(`${server.url}/api/v1/incidents?limit=1`)).status !== 200);
    return await work(server, performance.now() - started);
  } finally {
    await server.stop();
  }
}

async function endpointsOf(server: Server, { input }: Around): Promise<readonly Question[]> {
  const subject = await findSubject(server.url, input.file);
  return [...pages(subject), ...aggregates(subject)];
}

const secondsOf = ({ flags }: Around): number => flags.count('seconds');

function ask(
  { cannon, workshop }: Around,
  server: Server,
  list: readonly Question[],
  how: { readonly seconds: number; readonly patience: number },
): Promise<readonly Asked[]> {
  return askAll(list, { cannon, server, ...how, tell: workshop.tell });
}

async function askUnderIngest(
  around: Around,
  server: Server,
): Promise<Omit<NonNullable<Measured['loaded']>, 'machine'>> {
  const { flags, input, workshop } = around;
  const list = (await endpointsOf(server, around)).filter(({ underIngest }) => underIngest);
  const source = repeatLines(input.file, Number.MAX_SAFE_INTEGER, 1);
  const rate = await ratedAlone(server.url, source, flags.count('rate-seconds'));
  workshop.tell(`takes ${thousands(rate)} lines/s when nobody asks`);
  const stop = new AbortController();
  const posted: Posted = { lines: 0, hour: 0 };
  const started = performance.now();
  const posting = postLines(server.url, source, posted, { rate: LOAD * rate, signal: stop.signal });
  // A failure is told when the answers are there.
  posting.catch(() => {});
  const answers = await ask(around, server, list, { seconds: secondsOf(around), patience: PATIENCE.loaded });
  const reached = posted.lines / ((performance.now() - started) / 1_000);
  stop.abort();
  await posting;
  return { answers, rate, reached, share: LOAD };
}

/** Lines a second that the server takes when it has nothing else to do. */
async function ratedAlone(
  url: string,
  source: Iterator<{ bytes: Buffer; count: number; hour: number }>,
  seconds: number,
): Promise<number> {
  const posted: Posted = { lines: 0, hour: 0 };
  const started = performance.now();
  await postLines(url, source, posted, { rate: null, signal: AbortSignal.timeout(seconds * 1_000) });
  return posted.lines / ((performance.now() - started) / 1_000);
}
