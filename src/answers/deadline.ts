/** Until when somebody waits for an answer: what is asked meanwhile, however deep, need not be answered later. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { AppError } from '../domain/errors.ts';

const storage = new AsyncLocalStorage<number | null>();

/** Ms of a clock that all threads of the process share, and that nobody can set. */
export function steadyNow(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** `deadline`: by `steadyNow`; null: somebody waits however long it takes. */
export function withDeadline<T>(deadline: number | null, work: () => T): T {
  return storage.run(deadline, work);
}

export function currentDeadline(): number | null {
  return storage.getStore() ?? null;
}

/** Errors: `timeout`, once nobody waits any more. */
export function checkDeadline(): void {
  const deadline = currentDeadline();
  if (deadline !== null && steadyNow() > deadline)
    throw new AppError('timeout', 'cannot answer within the time that there was for it');
}
