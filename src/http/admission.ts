/** How much is taken in at once, over all ways in. Beyond it senders are asked to come again. */
import { AppError } from '../domain/errors.ts';
import { HELD_BYTES_MAX, INGEST_REQUESTS_MAX } from '../domain/limits.ts';

/** Bytes of one body that is held in memory. */
export interface HeldBytes {
  /** Errors: `too_many_requests`. */
  take(bytes: number): void;
}

export interface Admission {
  /** Counts one body for as long as `work` takes, and the bytes it holds. Errors: `too_many_requests`. */
  run<T>(work: (held: HeldBytes) => Promise<T>): Promise<T>;
  /** Bodies that are being read, and the bytes of them that are held. */
  state(): { readonly active: number; readonly heldBytes: number };
}

export function createAdmission(): Admission {
  let active = 0;
  let heldBytes = 0;
  return {
    state: () => ({ active, heldBytes }),
    async run(work) {
      if (active >= INGEST_REQUESTS_MAX) {
        throw new AppError(
          'too_many_requests',
          `cannot take more than ${INGEST_REQUESTS_MAX} bodies at once`,
        );
      }
      active++;
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
        active--;
        heldBytes -= own;
      }
    },
  };
}
