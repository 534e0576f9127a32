import type { Flow } from '../domain/ports.ts';

/** What the flows of one hour sum up, column by column: to add them up without looking at each leg. */
export class HourColumns {
  length = 0;
  /** Ids. */
  shapes = new Int32Array(16);
  connections = new Float64Array(16);
  received = new Float64Array(16);
  sent = new Float64Array(16);

  add({ shape, connections, bytes_received, bytes_sent }: Flow): void {
    if (this.length === this.shapes.length) this.#widen();
    const place = this.length++;
    this.shapes[place] = shape.id;
    this.connections[place] = connections;
    this.received[place] = bytes_received;
    this.sent[place] = bytes_sent;
  }

  #widen(): void {
    const capacity = 2 * this.length;
    const shapes = new Int32Array(capacity);
    shapes.set(this.shapes);
    this.shapes = shapes;
    this.connections = widened(this.connections, capacity);
    this.received = widened(this.received, capacity);
    this.sent = widened(this.sent, capacity);
  }
}

function widened(from: Float64Array, capacity: number): Float64Array<ArrayBuffer> {
  const to = new Float64Array(capacity);
  to.set(from);
  return to;
}
