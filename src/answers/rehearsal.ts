/**
 * Questions that are asked again and again and are dear the first time: what is worked out once for a moment, such as sums of all hours, is
 * worked out before others have to wait for it.
 */
import { steadyNow } from './deadline.ts';
import type { Question } from './messages.ts';
import type { Thread } from './thread.ts';

type Asked = Pick<Question, 'method' | 'args'>;

/** Questions that are remembered, the newest, and of them those that are asked again; for how long, ms. */
const QUESTIONS_MAX = 64;
const PLAYED_MAX = 16;
const KEPT_MS = 60_000;
/** Ms that an answer took before its question is one of them, and that all of them may take. */
const DEAR_MS = 50;
const PLAY_MS_MAX = 10_000;

export interface Rehearsal {
  /** Notes a question, and the ms that its answer took. */
  note(question: Asked, ms: number): void;
  /** Asks a thread all of them, of the moment that it stays at; what becomes of it is of no interest. */
  play(thread: Pick<Thread, 'ask'>): Promise<void>;
}

export function createRehearsal(now = steadyNow): Rehearsal {
  /** The one that was asked last is last. */
  const questions = new Map<
    string,
    { readonly asked: Asked; readonly at: number; readonly isRepeated: boolean }
  >();
  return {
    note({ method, args }, ms) {
      const key = JSON.stringify([method, args]);
      const isKnown = questions.delete(key);
      if (!isKnown && ms < DEAR_MS) return;
      // What was asked once, such as a page of an export, is not asked again.
      questions.set(key, { asked: { method, args }, at: now(), isRepeated: isKnown });
      const [oldest] = questions.keys();
      if (questions.size > QUESTIONS_MAX && oldest !== undefined) questions.delete(oldest);
    },
    async play(thread) {
      const deadline = now() + PLAY_MS_MAX;
      for (const [key, { at }] of questions) if (now() - at > KEPT_MS) questions.delete(key);
      const repeated = [...questions.values()].filter(({ isRepeated }) => isRepeated);
      for (const { asked } of repeated.slice(-PLAYED_MAX))
        if (now() < deadline) await thread.ask({ ...asked, version: 0, deadline }).catch(() => {});
    },
  };
}
