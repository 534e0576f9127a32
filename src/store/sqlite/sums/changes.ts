/** Changes of sums, as numbers on their way to another thread. */
import type { FlowChange } from './line-sums.ts';
import type { Changes } from './messages.ts';

/** Numbers of a change: shape, hour, and those of `FlowChange`. */
export const CHANGE_NUMBERS = 7;
const FIRST_CHANGES = 1_024;

export interface Change extends FlowChange {
  readonly shape: number;
  readonly hour: number;
}

export function readChange(changes: Changes, at: number): Change {
  return {
    shape: changes[at] as number,
    hour: changes[at + 1] as number,
    connections: changes[at + 2] as number,
    received: changes[at + 3] as number,
    sent: changes[at + 4] as number,
    paired: changes[at + 5] as number,
    ambiguous: changes[at + 6] as number,
  };
}

export class ChangeList {
  #numbers = new Float64Array(FIRST_CHANGES * CHANGE_NUMBERS);
  #size = 0;

  add({ shape, hour, connections, received, sent, paired, ambiguous }: Change): void {
    if (this.#size === this.#numbers.length) {
      const wider = new Float64Array(2 * this.#numbers.length);
      wider.set(this.#numbers);
      this.#numbers = wider;
    }
    const at = this.#size;
    this.#numbers[at] = shape;
    this.#numbers[at + 1] = hour;
    this.#numbers[at + 2] = connections;
    this.#numbers[at + 3] = received;
    this.#numbers[at + 4] = sent;
    this.#numbers[at + 5] = paired;
    this.#numbers[at + 6] = ambiguous;
    this.#size += CHANGE_NUMBERS;
  }

  /** What was added since the last time. */
  take(): Changes {
    const changes = this.#numbers.slice(0, this.#size);
    this.#size = 0;
    return changes;
  }

  clear(): void {
    this.#size = 0;
  }
}
