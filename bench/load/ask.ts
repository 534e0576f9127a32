/** Puts a question to a server several times. */
import { median } from '../measure/machine.ts';

/** Ms; of a request and its whole answer. */
export interface Asked {
  readonly first: number;
  readonly median: number;
  readonly slowest: number;
  /** How often it was asked. */
  readonly times: number;
}

/** What kept a question from being measured. */
export interface Unasked {
  readonly why: string;
}

const ANSWER_MS_MAX = 60_000;
/** A slow question is not asked again past so much time. */
const BUDGET_MS = 15_000;

/** Errors: none; what the server refuses is told. */
export async function ask(url: string, times: number): Promise<Asked | Unasked> {
  const taken: number[] = [];
  const started = performance.now();
  while (taken.length < times && (taken.length === 0 || performance.now() - started < BUDGET_MS)) {
    const before = performance.now();
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
      const body = await answer.text();
      if (answer.status === 404) return { why: 'no such endpoint' };
      if (answer.status !== 200) return { why: `status ${answer.status}: ${body.slice(0, 120)}` };
    } catch (error) {
      return { why: error instanceof Error ? error.message : String(error) };
    }
    taken.push(performance.now() - before);
  }
  const [first = Number.NaN, ...again] = taken;
  const rest = again.length === 0 ? taken : again;
  return { first, median: median(rest), slowest: Math.max(...rest), times: taken.length };
}
