/** `npm run bench -- queries`: how long a server takes to answer, alone and while lines come in. */
import { join } from 'node:path';
import { table } from '../accuracy/table.ts';
import { readFlags } from '../flags.ts';
import { generateInput } from '../input/generate.ts';
import { repeatLines } from '../input/repeat.ts';
import { fill } from '../measure/fill.ts';
import { machine, thousands } from '../measure/machine.ts';
import type { Workshop } from '../measure/workshop.ts';
import { type Asked, ask, type Unasked } from './ask.ts';
import { type Posted, postLines } from './post.ts';
import { type Question, questions, type Subject } from './questions.ts';
import { type Strain, startServer } from './server.ts';

export const QUERIES_FLAGS = { lines: '5000000', seed: '1', times: '20', 'rate-seconds': '15' };

/** Of the rate that the server takes when nobody asks. */
const LOAD = 0.8;

export interface Answered {
  readonly question: Question;
  readonly alone: Asked | Unasked;
  /** CPU time of the server for one answer, alone, ms. */
  readonly cpu: number;
  readonly loaded: Asked | Unasked;
}

/** Returns the part of the page. Errors: `Error` when lines are not taken. */
export async function queries(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...QUERIES_FLAGS, ...workshop.flags });
  const [lines, seed, times] = [flags.count('lines'), flags.count('seed'), flags.count('times')];
  const { file } = generateInput({ variant: 'plain', lines, seed }, workshop.inputs);
  const db = join(workshop.folder, 'queries.db');
  fill(db, file);
  workshop.tell(`${thousands(lines)} lines stored`);
  const server = await startServer(db);
  try {
    const list = questions(await findSubject(server.url, file));
    const askAll = async (when: string): Promise<Answer[]> => {
      const answers: Answer[] = [];
      for (const { name, path } of list) {
        await server.strain();
        const asked = await ask(server.url + path, times);
        const strain = await server.strain();
        workshop.tell(`${when}, ${name}: ${'why' in asked ? asked.why : `${asked.median.toFixed(1)} ms`}`);
        answers.push({ asked, strain });
      }
      return answers;
    };
    const alone = await askAll('alone');
    const source = repeatLines(file, Number.MAX_SAFE_INTEGER, 1);
    const rate = await ratedAlone(server.url, source, flags.count('rate-seconds'));
    workshop.tell(`takes ${thousands(rate)} lines/s when nobody asks`);
    const stop = new AbortController();
    const posted: Posted = { lines: 0, hour: 0 };
    const started = performance.now();
    const posting = postLines(server.url, source, posted, { rate: LOAD * rate, signal: stop.signal });
    // A failure is told when the answers are there.
    posting.catch(() => {});
    const loaded = await askAll('under ingest');
    const reached = posted.lines / ((performance.now() - started) / 1_000);
    stop.abort();
    await posting;
    const answered = list.map((question, index): Answered => {
      const none: Answer = { asked: { why: 'not asked' }, strain: { p50: 0, p99: 0, max: 0, cpu: 0 } };
      const [quiet, busy] = [alone[index] ?? none, loaded[index] ?? none];
      const cpu = quiet.strain.cpu / ('why' in quiet.asked ? 1 : quiet.asked.times);
      return { question, alone: quiet.asked, cpu, loaded: busy.asked };
    });
    const command = `npm run bench -- queries --lines ${lines} --seed ${seed} --times ${times}`;
    const held = Math.max(...loaded.map(({ strain }) => strain.p99));
    return queriesReport(answered, { lines, rate, reached, held, command });
  } finally {
    await server.stop();
  }
}

interface Answer {
  readonly asked: Asked | Unasked;
  /** From the first time to the last. */
  readonly strain: Strain;
}

interface Circumstances {
  readonly lines: number;
  /** Lines a second that it takes when nobody asks, and that it took beside the questions. */
  readonly rate: number;
  readonly reached: number;
  /** Ms: for how long the event loop was held, at p99, by the question that held it most. */
  readonly held: number;
  readonly command: string;
}

export function queriesReport(answered: readonly Answered[], around: Circumstances): string {
  const { lines, rate, reached, held, command } = around;
  const rows = answered.map(({ question, alone, cpu, loaded }) => [
    question.name,
    figure(alone, 'first'),
    figure(alone, 'median'),
    figure(alone, 'slowest'),
    'why' in alone ? '-' : cpu.toFixed(1),
    figure(loaded, 'median'),
    figure(loaded, 'slowest'),
    question.aim === null ? '-' : `≤ ${question.aim}`,
    verdict({ question, alone, cpu, loaded }),
  ]);
  const heads = ['question', 'first', 'alone', 'slowest', 'CPU', 'under ingest', 'slowest', 'aim', 'met'];
  return `Written by \`${command}\`.

${machine()}

Ms from the request to the end of the answer, over HTTP, of \`meshwake serve\` with ${thousands(lines)} simulated lines: the first time,
the median and the slowest of the following ones, alone and while lines come in over HTTP at ${(100 * LOAD).toFixed(0)} % of the rate that
the server takes when nobody asks (${thousands(rate)} lines/s; it took ${thousands(reached)} beside the questions, while its event
loop was held for ${held.toFixed(0)} ms at p99 by the question that held it most). Under ingest the aim is twice that of a server alone.
*CPU* is the time of all its threads for an answer, alone, on average. The aims of A1 to A5 are what the best of DuckDB and ClickHouse took for 5 million lines.

${table(heads, rows)}
`;
}

function figure(asked: Asked | Unasked, key: keyof Asked): string {
  if ('why' in asked) return key === 'median' ? asked.why.replaceAll('|', '\\|').replaceAll('\n', ' ') : '-';
  return asked[key].toFixed(1);
}

function verdict({ question: { aim }, alone, loaded }: Answered): string {
  if (aim === null) return '-';
  if ('why' in alone || 'why' in loaded) return 'not measured';
  return alone.median <= aim && loaded.median <= 2 * aim ? 'yes' : 'no';
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

interface Line {
  readonly pod: string;
  readonly start_time: string;
  readonly upstream_cluster: string;
  readonly downstream_local_address: string;
  readonly downstream_remote_address: string;
}

/** The newest connection to a service. `file`: what is stored. */
async function findSubject(url: string, file: string): Promise<Subject> {
  const query = new URLSearchParams({ upstream_cluster: 'outbound|*', limit: '1' }).toString();
  const answer = await fetch(`${url}/api/v1/connections?${query}`);
  if (answer.status !== 200) throw new Error(`the server answered ${answer.status}: ${await answer.text()}`);
  const [newest] = ((await answer.json()) as { items: Line[] }).items;
  const [begin] = repeatLines(file, 1);
  if (newest === undefined || begin === undefined) throw new Error('there is no connection to ask about');
  return {
    pod: newest.pod,
    source: newest.downstream_remote_address,
    destination: newest.downstream_local_address,
    cluster: newest.upstream_cluster,
    port: Number(newest.downstream_local_address.split(':').at(-1)),
    first: new Date(begin.hour).toISOString(),
    last: newest.start_time,
  };
}
