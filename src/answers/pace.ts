/** How long a thread will take to follow what was stored: told by how long it took before. */

/** Share of the time of a step that it takes however little changed, until steps of several sizes tell. */
const FIXED_SHARE = 0.5;
/** Before any step was taken. */
const FIRST_GUESS: Step = { ms: 125, flows: 2_500 };

/** One step of following. `flows`: that changed, at least. */
export interface Step {
  readonly ms: number;
  readonly flows: number;
}

export interface Pace {
  note(step: Step): void;
  /** Ms for so many changed flows; null, where nobody knows how many: for ever. */
  estimate(flows: number | null): number;
}

export function createPace(): Pace {
  let last = FIRST_GUESS;
  return {
    note(step) {
      if (step.flows > 0) last = step;
    },
    estimate(flows) {
      if (flows === null) return Number.POSITIVE_INFINITY;
      return last.ms * (FIXED_SHARE + ((1 - FIXED_SHARE) * flows) / last.flows);
    },
  };
}
