import { hash32 } from './random.ts';

const FIRST_PORT = 32_768;
/** More than there are ports in any range. */
const TUPLE_STRIDE = 65_536;

/**
 * Hands out client ports as Linux does for `connect()`: for each pair of source address and destination, upwards from a
 * place that depends on the pair, even ports first, round and round, and never one that is open or in TIME_WAIT.
 * Memory grows with pairs of addresses and with the connections that are open, not with those that were.
 * Source: Linux, `__inet_hash_connect` and `ip-sysctl` (`ip_local_port_range`).
 */
export class EphemeralPorts {
  readonly #even: number;
  readonly #tuples = new Map<string, Map<string, number>>();
  /** By tuple: where to look first. Moves on with every port handed out. */
  readonly #next: number[] = [];
  /** By tuple and port: until when it is taken. One map for all, since most tuples have no open connection. */
  readonly #taken = new Map<number, number>();
  #sweepAt = 4_096;

  /** `size`: ports in the range, half of them even. */
  constructor(size: number) {
    this.#even = size >> 1;
  }

  /**
   * Takes a port towards `destination` (`ip:port`) until that time.
   * Null: every port of this pair is taken.
   */
  reserve(sourceIp: string, destination: string, now: number, until: number): number | null {
    if (this.#taken.size > this.#sweepAt) this.#sweep(now);
    const tuple = this.#tuple(sourceIp, destination);
    const index = this.#freeIndex(tuple, now);
    if (index === null) return null;
    this.#next[tuple] = (index % this.#even) + 1;
    this.#taken.set(tuple * TUPLE_STRIDE + index, until);
    return index < this.#even ? FIRST_PORT + 2 * index : FIRST_PORT + 2 * (index - this.#even) + 1;
  }

  /** Takes this very port until that time, unless it is taken: true when it was free. */
  claim(sourceIp: string, destination: string, port: number, now: number, until: number): boolean {
    const key = this.#tuple(sourceIp, destination) * TUPLE_STRIDE + this.#indexOf(port);
    if ((this.#taken.get(key) ?? now) > now) return false;
    this.#taken.set(key, until);
    return true;
  }

  #indexOf(port: number): number {
    return ((port - FIRST_PORT) >> 1) + (port % 2 === 0 ? 0 : this.#even);
  }

  #tuple(sourceIp: string, destination: string): number {
    let destinations = this.#tuples.get(sourceIp);
    if (destinations === undefined) {
      destinations = new Map();
      this.#tuples.set(sourceIp, destinations);
    }
    let tuple = destinations.get(destination);
    if (tuple === undefined) {
      tuple = this.#next.push(hash32(sourceIp, hash32(destination, 0)) % this.#even) - 1;
      destinations.set(destination, tuple);
    }
    return tuple;
  }

  /** Indices below `#even` stand for the even ports, the following ones for the odd ports. */
  #freeIndex(tuple: number, now: number): number | null {
    const even = this.#even;
    const next = this.#next[tuple] ?? 0;
    for (let base = 0; base <= even; base += even) {
      for (let step = 0; step < even; step++) {
        const index = base + ((next + step) % even);
        const until = this.#taken.get(tuple * TUPLE_STRIDE + index);
        if (until === undefined || until <= now) return index;
      }
    }
    return null;
  }

  #sweep(now: number): void {
    for (const [key, until] of this.#taken) if (until <= now) this.#taken.delete(key);
    this.#sweepAt = Math.max(4_096, 2 * this.#taken.size);
  }
}
