import { CONNECTIONS, RECEIVED, SENT } from './leg-numbers.ts';
import type { LegRows } from './leg-rows.ts';

/** What the flows of one hour sum up, column by column: to add them up without looking at each leg. */
export class HourColumns {
  length = 0;
  /** Ids. */
  readonly shapes: Int32Array;
  readonly connections: Float64Array;
  readonly received: Float64Array;
  readonly sent: Float64Array;

  constructor(legs: number) {
    this.shapes = new Int32Array(legs);
    this.connections = new Float64Array(legs);
    this.received = new Float64Array(legs);
    this.sent = new Float64Array(legs);
  }

  /** Adds the numbers of a leg, at its place in its shape. */
  add(shape: LegRows & { readonly id: number }, leg: number): void {
    const place = this.length++;
    this.shapes[place] = shape.id;
    this.connections[place] = shape.read(leg, CONNECTIONS);
    this.received[place] = shape.read(leg, RECEIVED);
    this.sent[place] = shape.read(leg, SENT);
  }
}
