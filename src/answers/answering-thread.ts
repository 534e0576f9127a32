/**
 * Questions are answered by threads of their own: however dear one is, lines come in and others are answered meanwhile. One thread
 * is enough while it follows what is stored within the time that somebody waits; else two take turns (`Turns`).
 */
import type { Behind } from '../domain/behind.ts';
import type { Analysis } from '../domain/queries.ts';
import { currentDeadline, steadyNow } from './deadline.ts';
import { METHODS, type Method, pack } from './messages.ts';
import { isInsisting, tellMoment } from './moment.ts';
import type { Supply } from './supply.ts';
import type { ThreadOptions } from './thread.ts';
import { type TurnLimits, Turns } from './turns.ts';

export interface AnsweringOptions extends ThreadOptions {
  readonly supply: Supply;
  readonly limits?: TurnLimits;
}

export interface AnsweringThread {
  /** `version`: of the moment that an answer is of, if it is asked for now. */
  readonly analysis: Analysis;
  /** What an answer is behind, if it is asked for now; null: nothing. */
  behind(): Behind | null;
  /** Threads that have a model. */
  threads(): number;
  /** Told of each version that is stored. */
  note(): void;
  /** Questions under way are not answered any more. */
  close(): Promise<void>;
}

/** Starts the first thread. Errors: those of the opening. One that dies later fails what it was asked, and the next question starts another. */
export async function startAnsweringThread(options: AnsweringOptions): Promise<AnsweringThread> {
  const { supply } = options;
  const turns = new Turns(options, supply, options.limits);
  await turns.begin();
  const ask = async (method: Method, args: readonly unknown[]): Promise<unknown> => {
    // Read before anything is waited for.
    const wanted = supply.version();
    const [deadline, insists] = [currentDeadline(), isInsisting()];
    const question = { method, args: args.map(pack) };
    // A report is made once, and kept.
    const turn = await turns.turnFor(wanted, insists || method === 'report');
    const started = steadyNow();
    const { answer, version: of } = await turn.thread.ask({ ...question, version: turn.version, deadline });
    turns.noteAnswer(turn, of, question, steadyNow() - started);
    tellMoment(of, of < wanted ? supply.behind(of) : null);
    return answer;
  };
  const questions = METHODS.map((method) => [method, (...args: unknown[]) => ask(method, args)]);
  return {
    // Of each method that there is, by its name.
    analysis: { version: () => turns.version(), ...Object.fromEntries(questions) } as Analysis,
    behind: () => supply.behind(turns.version()),
    threads: () => turns.threads,
    note: () => turns.note(),
    close: () => turns.close(),
  };
}
