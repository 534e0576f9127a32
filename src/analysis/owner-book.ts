/** The services that own addresses, each with the time in which lines show it. */

import type { Span } from './leg-rows.ts';
import type { KnownAddress } from './legs.ts';
import { compareText } from './legs.ts';
import { OWNER_EVIDENCE, type Owner, type OwnerEvidence } from './ownership.ts';
import { EVIDENCE_MS } from './pods.ts';
import { ALWAYS, type Range, type Touched } from './touched.ts';

/** What a line tells of an address. `writer` is the server that said it of itself; null when a client did. */
export interface Told {
  readonly host: string;
  readonly port: number;
  readonly evidence: OwnerEvidence;
  readonly writer: string | null;
  /** False where the connection failed: whoever is named there may have taken what is another's. */
  readonly answered: boolean;
}

export interface Entry extends Told {
  port: number;
  /** True once any connection was answered. */
  answered: boolean;
  first: number;
  last: number;
}

/** Start times of the connections that tell. */
type Times = Pick<Span, 'first' | 'last'>;

/** What some lines tell of owners. */
export class OwnerBook {
  readonly #book = new Map<string, Entry[]>();
  readonly #ports = new Map<string, Set<number>>();

  /** Notes that the lines of a flow tell of an owner. */
  note(address: KnownAddress, told: Told, flow: Times, touched: Touched): void {
    const entries = this.#entriesAt(address);
    const { host, evidence, writer } = told;
    const known = entries.find(
      (entry) => entry.host === host && entry.evidence === evidence && entry.writer === writer,
    );
    if (known === undefined) {
      entries.push({ ...told, first: flow.first, last: flow.last });
      touched.ip(address.ip, ALWAYS);
      return;
    }
    if (touched.isLiving) touched.ip(address.ip, widened(known, flow));
    if (told.answered && !known.answered) {
      known.answered = true;
      touched.ip(address.ip, ALWAYS);
    }
    known.port = Math.min(known.port, told.port);
    known.first = Math.min(known.first, flow.first);
    known.last = Math.max(known.last, flow.last);
  }

  /** Forgets an address, to have it told anew. */
  forget(address: KnownAddress): void {
    this.#book.delete(address.key);
    this.#ports.get(address.ip)?.delete(address.port);
  }

  near(key: string, time: number): readonly Entry[] {
    const known = this.#book.get(key);
    if (known === undefined) return [];
    return known.filter(({ first, last }) => first - EVIDENCE_MS <= time && time <= last + EVIDENCE_MS);
  }

  /** True when what is near an address is the same from one time to another. */
  isSteady(key: string, from: number, to: number): boolean {
    for (const { first, last } of this.#book.get(key) ?? []) {
      const [start, end] = [first - EVIDENCE_MS, last + EVIDENCE_MS];
      const isOutside = to < start || from > end;
      if (!isOutside && (from < start || to > end)) return false;
    }
    return true;
  }

  all(key: string): readonly Entry[] {
    return this.#book.get(key) ?? [];
  }

  portsOf(ip: string): Iterable<number> {
    return this.#ports.get(ip) ?? [];
  }

  #entriesAt(address: KnownAddress): Entry[] {
    const known = this.#book.get(address.key);
    if (known !== undefined) return known;
    const entries: Entry[] = [];
    this.#book.set(address.key, entries);
    const ports = this.#ports.get(address.ip);
    if (ports === undefined) this.#ports.set(address.ip, new Set([address.port]));
    else ports.add(address.port);
    return entries;
  }
}

/** Best evidence first; of equal evidence those that answered before those that never did. */
export function sortOwners(entries: readonly Entry[]): readonly Owner[] {
  const rank = (entry: Entry): number => OWNER_EVIDENCE.indexOf(entry.evidence);
  return [...entries]
    .sort(
      (a, b) =>
        rank(a) - rank(b) ||
        Number(b.answered) - Number(a.answered) ||
        compareText(a.host, b.host) ||
        a.first - b.first ||
        a.port - b.port,
    )
    .map(({ host, port, evidence, first, last }) => ({ host, port, evidence, first, last }));
}

/** Times at which an entry is near now and was not before. */
function widened(known: Entry, flow: Times): readonly Range[] {
  const ranges: Range[] = [];
  if (flow.last > known.last) ranges.push({ from: known.last + EVIDENCE_MS, to: flow.last + EVIDENCE_MS });
  if (flow.first < known.first)
    ranges.push({ from: flow.first - EVIDENCE_MS, to: known.first - EVIDENCE_MS });
  return ranges;
}
