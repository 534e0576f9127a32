/** Waiting for a time, or to be called before it. */
export interface Bell {
  ring(): void;
  /** Resolves after so many ms, when it rings, or when `stopped` is aborted. A ring between two waits ends the next at once. */
  wait(ms: number, stopped: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let rang = false;
  let wake: (() => void) | null = null;
  return {
    ring() {
      rang = true;
      wake?.();
    },
    wait: (ms, stopped) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          stopped.removeEventListener('abort', done);
          wake = null;
          rang = false;
          resolve();
        };
        const timer = setTimeout(done, Math.max(0, ms));
        if (rang || stopped.aborted) return done();
        wake = done;
        stopped.addEventListener('abort', done, { once: true });
      }),
  };
}
