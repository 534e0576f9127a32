/** Remembers what was read of flows, as long as they are the same. */
import type { Flow, Shape } from '../../domain/ports.ts';

interface Noted<T> {
  readonly mark: string;
  readonly value: T;
}

export class FlowMemo<T> {
  /** By shape, then by hour. */
  readonly #noted = new WeakMap<Shape, Map<number, Noted<T>>>();

  /** Undefined: nothing was read of the flow as it is now. */
  get(flow: Flow): T | undefined {
    const known = this.#noted.get(flow.shape)?.get(flow.hour);
    return known?.mark === markOf(flow) ? known?.value : undefined;
  }

  set(flow: Flow, value: T): void {
    const ofShape = this.#noted.get(flow.shape) ?? new Map<number, Noted<T>>();
    this.#noted.set(flow.shape, ofShape);
    ofShape.set(flow.hour, { mark: markOf(flow), value });
  }
}

/** Where lines were added to a flow, or taken away, this is another. */
function markOf({ connections, bytes_received, bytes_sent, first, last, end }: Flow): string {
  return [connections, bytes_received, bytes_sent, first, last, end].join(' ');
}
