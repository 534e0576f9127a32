import type { AccessLogEntry, Identity, LineNumbers, ParsedLine } from '../domain/entry.ts';
import { formatTime } from '../domain/time.ts';
import type { ReadAgain } from './express-layout.ts';

/** The bytes of all templates, one after the other. */
export class BytePool {
  bytes = new Uint8Array(65_536);
  length = 0;

  add(part: Uint8Array): void {
    while (this.length + part.length > this.bytes.length) {
      const wider = new Uint8Array(this.bytes.length * 2);
      wider.set(this.bytes);
      this.bytes = wider;
    }
    this.bytes.set(part, this.length);
    this.length += part.length;
  }
}

/**
 * A hash of the bytes of a line between its numbers. Lines that are alike have the same; others may have it as well.
 * Shape: `stretches` has where each stretch begins and ends.
 */
export function hashStretches(bytes: Uint8Array, stretches: Int32Array): number {
  let hash = 0x9e3779b1;
  for (let k = 0; k < stretches.length; k += 2) {
    const end = stretches[k + 1] ?? 0;
    let i = stretches[k] ?? 0;
    for (; i + 4 <= end; i += 4) {
      const word =
        (bytes[i] ?? 0) |
        ((bytes[i + 1] ?? 0) << 8) |
        ((bytes[i + 2] ?? 0) << 16) |
        ((bytes[i + 3] ?? 0) << 24);
      hash = Math.imul(hash ^ word, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    for (; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0xc2b2ae35);
  }
  return hash ^ (hash >>> 16);
}

/** What all lines of one kind share: their bytes between the numbers, and how they are read. */
export interface Template {
  readonly pool: BytePool;
  /** Where the five stretches begin in the pool, and where the last one ends. */
  readonly places: readonly number[];
  readonly identity: Identity;
  readonly format: string;
  readonly envelope: string;
  readonly readAgain: ReadAgain;
}

/** A line read by the express lane: its numbers, and the template for the rest. Its entry is read only when asked for. */
export class ExpressLine implements ParsedLine, LineNumbers {
  readonly template: Template;
  readonly start_time: number;
  readonly duration: number;
  readonly bytes_received: number;
  readonly bytes_sent: number;
  readonly upstream_local_port: number;
  readonly downstream_remote_port: number;

  constructor(
    template: Template,
    start_time: number,
    duration: number,
    bytes_received: number,
    bytes_sent: number,
    upstream_local_port: number,
    downstream_remote_port: number,
  ) {
    this.template = template;
    this.start_time = start_time;
    this.duration = duration;
    this.bytes_received = bytes_received;
    this.bytes_sent = bytes_sent;
    this.upstream_local_port = upstream_local_port;
    this.downstream_remote_port = downstream_remote_port;
  }

  get numbers(): LineNumbers {
    return this;
  }
  get identity(): Identity {
    return this.template.identity;
  }
  get format(): string {
    return this.template.format;
  }
  get envelope(): string {
    return this.template.envelope;
  }
  get rebuildable(): boolean {
    return true;
  }
  get utf8(): boolean {
    return true;
  }
  get entry(): AccessLogEntry {
    return this.#read().entry;
  }
  get raw(): string {
    return this.#read().raw;
  }

  /** Puts the line together again and reads it the long way. */
  #read(): ParsedLine {
    const { pool, places, readAgain } = this.template;
    const text = (part: number) =>
      String.fromCharCode(...pool.bytes.subarray(places[part], places[part + 1]));
    const port = (value: number) => (value < 0 ? '' : String(value));
    const counts = `${this.bytes_received} ${this.bytes_sent} ${this.duration}`;
    const line = readAgain(
      `${text(0)}[${formatTime(this.start_time)}]${text(1)}${counts}${text(2)}${port(this.upstream_local_port)}${text(3)}${port(
        this.downstream_remote_port,
      )}${text(4)}`,
    );
    if (line === null) throw new Error('BUG: a line of the express lane cannot be read the long way');
    return line;
  }
}
