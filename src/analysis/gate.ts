/** Lets questions and updates of one model take turns. */
import type { Model } from './model.ts';

/** A model that changes in place. */
export interface Updatable extends Model {
  /** True when the model is as the store is now; `whole`: with all that is derived from lines, not their judgement alone. */
  isFresh(whole: boolean): boolean;
  update(whole: boolean): Promise<void>;
}

/** Asks a question; `whole` where it is about runs, shifts or findings. */
export type Ask = <T>(whole: boolean, question: (model: Model) => Promise<T>) => Promise<T>;

/**
 * Brings the model up to date before a question, and keeps it as it is until the question is answered: questions go side by
 * side, an update waits for those under way and lets none begin meanwhile. `finish` does the work of an update, which is done for all
 * that will ask, whoever asked first.
 */
export function createGate(
  model: Updatable,
  finish: <T>(work: () => Promise<T>) => Promise<T> = (work) => work(),
): Ask {
  let asking = 0;
  let updating: Promise<void> | null = null;
  let waiting: Array<() => void> = [];

  /** Resolves when something ended that may have been in the way. */
  const change = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));
  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resume of woken) resume();
  };
  const update = async (whole: boolean): Promise<void> => {
    updating = finish(() => model.update(whole));
    try {
      await updating;
    } finally {
      updating = null;
      wake();
    }
  };

  return async (whole, question) => {
    while (updating !== null || !model.isFresh(whole)) {
      if (updating === null && asking === 0) await update(whole);
      else await change();
    }
    asking++;
    try {
      return await question(model);
    } finally {
      asking--;
      wake();
    }
  };
}
