/** How much is taken in at once, over all ways in. Beyond it senders wait for a moment, then they are asked to come again. */
import { AppError } from '../domain/errors.ts';
import { HELD_BYTES_MAX, INGEST_REQUESTS_MAX, INGEST_WAIT_MS_MAX } from '../domain/limits.ts';

/** Bytes of one body that is held in memory. */
export interface HeldBytes {
  /** Errors: `too_many_requests`. */
  take(bytes: number): void;
}

export interface Admission {
  /** Counts one body for as long as `work` takes, and the bytes it holds. Errors: `too_many_requests`, when no place gets free in time. */
  run<T>(work: (held: HeldBytes) => Promise<T>): Promise<T>;
  /** Bodies that are being read or stored, and the bytes of them that are held. */
  state(): { readonly active: number; readonly heldBytes: number };
}

export function createAdmission(waitMs = INGEST_WAIT_MS_MAX): Admission {
  let active = 0;
  let heldBytes = 0;
  /** Those who wait for a place, the first of them in front. Nothing of their bodies is read. */
  const queue = new Set<() => void>();

  const takePlace = (): Promise<void> => {
    if (active < INGEST_REQUESTS_MAX) {
      active++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        queue.delete(enter);
        reject(
          new AppError('too_many_requests', `cannot take more than ${INGEST_REQUESTS_MAX} bodies at once`),
        );
      }, waitMs);
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      queue.add(enter);
    });
  };
  /** Whoever waits gets the place. */
  const leavePlace = (): void => {
    const [next] = queue;
    if (next === undefined) {
      active--;
      return;
    }
    queue.delete(next);
    next();
  };

  return {
    state: () => ({ active, heldBytes }),
    async run(work) {
      await takePlace();
      let own = 0;
      const take = (bytes: number): void => {
        if (heldBytes + bytes > HELD_BYTES_MAX)
          throw new AppError(
            'too_many_requests',
            `cannot hold more than ${HELD_BYTES_MAX} bytes of bodies at once`,
          );
        own += bytes;
        heldBytes += bytes;
      };
      try {
        return await work({ take });
      } finally {
        heldBytes -= own;
        leavePlace();
      }
    },
  };
}
