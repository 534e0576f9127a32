/** Puts questions to a server, each again and again. */
import type { Cannon, Shots } from './cannon.ts';
import type { Question } from './questions.ts';
import type { Server } from './server.ts';

/** Stored lines that an answer does not know of, and how long the oldest of them has been stored. */
export interface Behind {
  readonly lines: number;
  readonly seconds: number;
}

/** A question and what became of it. Ms. */
export interface Asked {
  readonly question: Question;
  /** Of the first answer; null: there was none in time, and it was asked no more. */
  readonly first: number | null;
  readonly p50: number;
  readonly p99: number;
  /** How many answers these are of. */
  readonly times: number;
  /** CPU time of all threads of the server for one of them. */
  readonly cpu: number;
  /** What an answer did not know of when the last one was there; null: the server does not tell. */
  readonly behind: Behind | null;
  /** What kept it from being answered; null: nothing did. */
  readonly failure: string | null;
}

export interface Asking {
  readonly cannon: Pick<Cannon, 'fire'>;
  readonly server: Pick<Server, 'url' | 'strain'>;
  /** How long each is asked, and how long its first answer is waited for. */
  readonly seconds: number;
  readonly patience: number;
  readonly tell: (text: string) => void;
}

/** Asks one question after the other, on one connection. Errors: none; what the server refuses is told. */
export async function askAll(list: readonly Question[], asking: Asking): Promise<Asked[]> {
  const all: Asked[] = [];
  for (const question of list) {
    const asked = await askOne(question, asking);
    asking.tell(
      `${question.name}: ${asked.failure ?? `${asked.p50.toFixed(1)} ms, ${asked.p99.toFixed(1)} at p99`}${behindText(asked.behind)}`,
    );
    all.push(asked);
  }
  return all;
}

function behindText(behind: Behind | null): string {
  if (behind === null || behind.lines === 0) return '';
  return `, behind by ${behind.lines} lines, ${behind.seconds.toFixed(1)} s`;
}

async function askOne(question: Question, { cannon, server, seconds, patience }: Asking): Promise<Asked> {
  const url = server.url + question.path;
  await server.strain();
  const { times, statuses } = await cannon.fire({ url, connections: 1, seconds, patience });
  const { cpu } = await server.strain();
  const behind = await askBehind(server.url);
  const [first = null, ...again] = times;
  // What is asked for the first time is read from the disk.
  const counted = again.length === 0 ? times : again;
  return {
    question,
    first,
    p50: quantile(counted, 0.5),
    p99: quantile(counted, 0.99),
    times: counted.length,
    cpu: cpu / Math.max(1, times.length),
    behind,
    failure: failureOf(statuses, patience),
  };
}

/** From the metrics: what an answer at this moment would be behind. */
async function askBehind(url: string): Promise<Behind | null> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string): number =>
    Number(new RegExp(`^meshwake_answers_behind_${name} (.*)$`, 'm').exec(text)?.[1]);
  const behind = { lines: read('lines'), seconds: read('seconds') };
  return Number.isNaN(behind.lines + behind.seconds) ? null : behind;
}

function failureOf(statuses: Shots['statuses'], patience: number): string | null {
  const [status] = Object.keys(statuses).filter((one) => one !== '200');
  if (status === undefined) return null;
  return status === '0' ? `no answer in ${patience} s` : `status ${status}`;
}

/** Answers a second with so many requests under way. Errors: `Error` when one is refused. */
export async function askMany(
  cannon: Cannon,
  url: string,
  connections: number,
  seconds: number,
): Promise<number> {
  const shots = await cannon.fire({ url, connections, seconds, patience: 60 });
  const failure = failureOf(shots.statuses, 60);
  if (failure !== null) throw new Error(`${url}: ${failure}`);
  return shots.times.length / shots.seconds;
}

/** The smallest that is not less than that share of all; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
