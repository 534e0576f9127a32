/** Writes the lines of proxies, numbered, and keeps track of which two are about one connection. */
import type { Delivery } from './delivery.ts';
import type { Pod } from './model.ts';
import type { SimulationOptions } from './options.ts';
import { EphemeralPorts } from './ports.ts';
import { Random } from './random.ts';
import type { LineFacts } from './render.ts';
import type { LineRecord, Mark, TracedConnection, TracedEnd, TruePairKind } from './truth.ts';

/** How long the side that closes first keeps its port. */
export const TIME_WAIT_MS = 60_000;
export const NO_MARKS: readonly Mark[] = [];

/** A line that a proxy is about to write. Times are on the perfect clock. */
export interface Draft<C = LineFacts | string> {
  readonly pod: Pod;
  readonly side: LineRecord['side'];
  readonly start: number;
  readonly end: number;
  readonly marks: readonly Mark[];
  readonly ends: readonly TracedEnd[];
  readonly content: C;
}

export class Scribe {
  readonly options: SimulationOptions;
  readonly random: Random;
  readonly ports: EphemeralPorts;
  readonly #delivery: Delivery;
  #part = '';
  #lineId = 0;
  #connectionId = 0;

  constructor(options: SimulationOptions, delivery: Delivery) {
    this.options = options;
    this.#delivery = delivery;
    this.random = new Random(options.seed, 'wire');
    this.ports = new EphemeralPorts(options.ephemeralPorts);
  }

  /** Names the kind of call to which all connections belong that are traced from now on. */
  begin(part: string): void {
    this.#part = part;
  }

  /** A connection of which two lines are expected. */
  trace(kind: TruePairKind): TracedConnection {
    return { id: this.#connectionId++, kind, part: this.#part, outbound: -1, inbound: -1 };
  }

  write({ pod, side, start, end, marks, ends, content }: Draft): void {
    const id = this.#lineId++;
    const logged = Math.floor(start + pod.node.offset);
    const duration = Math.floor(end - start);
    this.#delivery.write(
      { id, pod, start: logged, duration, content, side, ends, marks, delivered: false },
      end,
    );
  }

  /**
   * Writes what a proxy tells that reports open connections every so many ms, and once more at the end: lines with one
   * start and growing figures.
   */
  writePeriodic(draft: Draft<LineFacts>, every: number): void {
    const { start, end, content } = draft;
    for (let time = start + every; time < end; time += every) {
      const share = (time - start) / (end - start);
      const { received, sent } = content;
      const sofar = { ...content, received: Math.floor(share * received), sent: Math.floor(share * sent) };
      this.write({ ...draft, end: time, marks: NO_MARKS, content: sofar });
    }
    this.write(draft);
  }
}

/** What a line says of a TCP connection of which there is nothing to say. */
export const QUIET = {
  flags: '-',
  codeDetails: '-',
  failureReason: '-',
  received: 0,
  sent: 0,
  upstreamHost: '-',
  cluster: '-',
  upstreamLocal: '-',
  downstreamLocal: '-',
  downstreamRemote: '-',
  serverName: '-',
  http: null,
} as const;
