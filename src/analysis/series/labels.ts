/** Numbers for the labels of lines: series are told apart by whole numbers, and named in the end. */
import { normalizeCluster } from '../../domain/cluster-name.ts';
import type { Source } from '../../domain/resources.ts';
import type { Grouping, Labels } from '../../domain/timeseries.ts';
import type { Facts, Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';

/** Numbers below it can be put together with another one. */
const NUMBERS_MAX = 2 ** 26;

/** Gives the same number to the same labels of one grouping, from 0 on. */
interface Numbering {
  /** True when the number follows from the shape alone. */
  readonly isFixed: boolean;
  numberOf(leg: Leg): number;
  labels(number: number): Labels;
}

/** What tells series apart. */
export interface SeriesNumbers {
  /** Number of the series of a leg, from 0 on, in the order in which they are met. */
  numberOf(leg: Leg): number;
  /** True when all legs of a shape are of one series. */
  readonly isFixed: boolean;
  readonly size: number;
  labels(number: number): Labels;
}

export function numberSeries(groupBy: readonly Grouping[], model: LineModel): SeriesNumbers {
  const numberings = groupBy.map((grouping) => numberingOf(grouping, model));
  const pairs = numberings.slice(1).map(() => new Pairs());
  let size = groupBy.length === 0 ? 1 : 0;
  return {
    isFixed: numberings.every(({ isFixed }) => isFixed),
    get size() {
      return size;
    },
    numberOf(leg) {
      let number = numberings[0]?.numberOf(leg) ?? 0;
      for (const [i, table] of pairs.entries())
        number = table.numberOf(number, numberings[i + 1]?.numberOf(leg) ?? 0);
      if (number >= size) size = number + 1;
      return number;
    },
    labels(number) {
      const parts: Labels[] = [];
      let rest = number;
      for (let i = pairs.length; i > 0; i--) {
        const [before = 0, own = 0] = pairs[i - 1]?.read(rest) ?? [];
        parts.unshift(numberings[i]?.labels(own) ?? {});
        rest = before;
      }
      return Object.assign({}, numberings[0]?.labels(rest), ...parts) as Labels;
    },
  };
}

/** Numbers for pairs of numbers. */
class Pairs {
  readonly #numbers = new Map<number, number>();
  readonly #pairs: Array<readonly [number, number]> = [];

  numberOf(a: number, b: number): number {
    const key = a * NUMBERS_MAX + b;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#pairs.push([a, b]) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  read(number: number): readonly [number, number] {
    return this.#pairs[number] ?? [0, 0];
  }
}

function numberingOf(grouping: Grouping, model: LineModel): Numbering {
  switch (grouping) {
    case 'state':
      return byText('state', false, (leg) => model.judgementOf(leg)?.state ?? null);
    case 'upstream_cluster':
      // As logged, so that the label is a filter.
      return byText('upstream_cluster', true, ({ facts: { shape } }) =>
        shape.upstream_cluster === null ? null : normalizeCluster(shape.upstream_cluster),
      );
    case 'destination':
      return byText('destination', true, ({ facts }) => facts.local?.key ?? null);
    case 'port':
      return byText('port', true, ({ facts }) => (facts.local === null ? null : String(facts.local.port)));
    case 'response_flag':
      return byText('response_flag', true, ({ facts }) => flagsOf(facts));
    case 'source':
      return bySource(model);
  }
}

function byText(label: string, isFixed: boolean, textOf: (leg: Leg) => string | null): Numbering {
  const numbers = new Map<string | null, number>();
  const texts: Array<string | null> = [];
  return {
    isFixed,
    numberOf(leg) {
      const text = textOf(leg);
      const known = numbers.get(text);
      if (known !== undefined) return known;
      const number = texts.push(text) - 1;
      numbers.set(text, number);
      return number;
    },
    labels: (number) => ({ [label]: texts[number] ?? null }),
  };
}

/** All flags of a line are one label, so that the series add up to all lines. */
function flagsOf({ shape: { response_flags } }: Facts): string | null {
  return response_flags.length < 2 ? (response_flags[0] ?? null) : response_flags.join(',');
}

/** Who opened the connection: its workload, else its address. A server's line tells of it by the address alone. */
function bySource({ known }: LineModel): Numbering {
  const numbers = new Map<string, number>();
  const labels: Labels[] = [];
  const bySource = new Map<Source | string, number>();
  const numberFor = (name: string | null, namespace: string | null): number => {
    const key = JSON.stringify([name, namespace]);
    const number = numbers.get(key) ?? labels.push({ source: name, source_namespace: namespace }) - 1;
    numbers.set(key, number);
    return number;
  };
  const ofWriter = (writer: string, source: Source): number => {
    const told = bySource.get(source);
    if (told !== undefined) return told;
    const number = numberFor(source.workload ?? source.ip, source.namespace ?? known.namespaceOf(writer));
    bySource.set(source, number);
    return number;
  };
  return {
    isFixed: false,
    numberOf({ facts, flow }) {
      if (facts.direction !== 'inbound') return ofWriter(facts.writer, facts.source);
      const ip = facts.remoteIp;
      const claim = ip === null ? null : known.pods.claimAt(ip, flow.first);
      if (claim !== null) return ofWriter(claim.writer.key, claim.writer.source);
      const told = bySource.get(ip ?? '');
      if (told !== undefined) return told;
      const number = numberFor(ip, null);
      bySource.set(ip ?? '', number);
      return number;
    },
    labels: (number) => labels[number] ?? {},
  };
}
