/** Numbers for the labels of lines: series are told apart by whole numbers, and named in the end. */
import { normalizeCluster } from '../../domain/cluster-name.ts';
import type { Source } from '../../domain/resources.ts';
import type { Grouping, Labels } from '../../domain/timeseries.ts';
import type { Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import type { Column, ShapeIndex } from '../shape-index.ts';

/** Numbers below it can be put together with another one. */
const NUMBERS_MAX = 2 ** 26;

/** Gives the same number to the same labels of one grouping. */
interface Numbering {
  /** Of all lines of a shape, by its id; null where it varies from hour to hour. */
  readonly ofShapes: (() => Int32Array) | null;
  ofLeg(leg: Leg): number;
  labels(number: number): Labels;
}

/** What tells series apart: numbers from 0 on. */
export interface SeriesNumbers {
  /** Fills in the numbers of the shapes that are asked for (1 in `asked`), by their ids; null where series vary from hour to hour. */
  readonly ofShapes: ((asked: Uint8Array, into: Int32Array) => void) | null;
  ofLeg(leg: Leg): number;
  labels(number: number): Labels;
}

export function numberSeries(
  groupBy: readonly Grouping[],
  model: LineModel,
  index: ShapeIndex,
): SeriesNumbers {
  const numberings = groupBy.map((grouping) => numberingOf(grouping, model, index));
  const pairs = numberings.map(() => new Pairs());
  const combine = (numberOf: (numbering: Numbering) => number): number => {
    let number = 0;
    for (let i = 0; i < numberings.length; i++) {
      const numbering = numberings[i];
      const table = pairs[i];
      if (numbering !== undefined && table !== undefined)
        number = table.numberOf(number, numberOf(numbering));
    }
    return number;
  };
  const fillShapes = (asked: Uint8Array, into: Int32Array): void => {
    for (let id = 0; id < into.length; id++) if (asked[id] === 1) into[id] = 0;
    for (const [i, { ofShapes }] of numberings.entries()) {
      const own = ofShapes?.() ?? into;
      const table = pairs[i] ?? new Pairs();
      for (let id = 0; id < into.length; id++)
        if (asked[id] === 1) into[id] = table.numberOf(into[id] ?? 0, own[id] ?? 0);
    }
  };
  const isFixed = numberings.every(({ ofShapes }) => ofShapes !== null);
  return {
    ofShapes: isFixed ? fillShapes : null,
    ofLeg: (leg) => combine((numbering) => numbering.ofLeg(leg)),
    labels(number) {
      const parts: Labels[] = [];
      let rest = number;
      for (let i = pairs.length - 1; i >= 0; i--) {
        const [before = 0, own = 0] = pairs[i]?.read(rest) ?? [];
        parts.unshift(numberings[i]?.labels(own) ?? {});
        rest = before;
      }
      return Object.assign({}, ...parts) as Labels;
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

function numberingOf(grouping: Grouping, model: LineModel, index: ShapeIndex): Numbering {
  switch (grouping) {
    case 'state':
      return byState(model);
    case 'upstream_cluster':
      // As logged, so that the label is a filter.
      return byColumn('upstream_cluster', index.cluster, (name) =>
        name === null ? null : normalizeCluster(name),
      );
    case 'destination':
      return byColumn('destination', index.local, (local) => local?.key ?? null);
    case 'port':
      return byColumn('port', index.local, (local) => (local === null ? null : String(local.port)));
    case 'response_flag':
      // All flags of a line are one label, so that the series add up to all lines.
      return byColumn('response_flag', index.flags, (flags) => (flags.length === 0 ? null : flags.join(',')));
    case 'source':
      return bySource(model);
  }
}

/** Texts, each with its number from 0 on. */
class Texts {
  readonly texts: Array<string | null> = [];
  readonly #numbers = new Map<string | null, number>();

  numberOf(text: string | null): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.texts.push(text) - 1;
    this.#numbers.set(text, number);
    return number;
  }
}

function byColumn<T>(label: string, column: Column<T>, textOf: (value: T) => string | null): Numbering {
  const texts = new Texts();
  // Several values may have one text.
  const numbers = Int32Array.from([0, ...column.values.map((value) => texts.numberOf(textOf(value)))]);
  const ofShape = (number: number): number => numbers[number] ?? 0;
  return {
    ofShapes: () => column.numbers.map(ofShape),
    ofLeg: ({ facts }) => ofShape(column.numbers[facts.shape.id] ?? 0),
    labels: (number) => ({ [label]: texts.texts[number] ?? null }),
  };
}

function byState(model: LineModel): Numbering {
  const texts = new Texts();
  return {
    ofShapes: null,
    ofLeg: (leg) => texts.numberOf(model.judgementOf(leg)?.state ?? null),
    labels: (number) => ({ state: texts.texts[number] ?? null }),
  };
}

/** Who opened the connection: its workload, else its address. A server's line tells of it by the address alone. */
function bySource({ known }: LineModel): Numbering {
  const texts = new Texts();
  const numbers = new Map<Source | string | null, number>();
  const numberFor = (name: string | null, namespace: string | null): number =>
    texts.numberOf(JSON.stringify([name, namespace]));
  const ofWriter = (writer: string, source: Source): number => {
    const told = numbers.get(source);
    if (told !== undefined) return told;
    const number = numberFor(source.workload ?? source.ip, source.namespace ?? known.namespaceOf(writer));
    numbers.set(source, number);
    return number;
  };
  return {
    ofShapes: null,
    ofLeg({ facts, flow }) {
      if (facts.direction !== 'inbound') return ofWriter(facts.writer, facts.source);
      const ip = facts.remoteIp;
      const claim = ip === null ? null : known.pods.claimAt(ip, flow.first);
      if (claim !== null) return ofWriter(claim.writer.key, claim.writer.source);
      const told = numbers.get(ip);
      if (told !== undefined) return told;
      const number = numberFor(ip, null);
      numbers.set(ip, number);
      return number;
    },
    labels(number) {
      const [name, namespace] = JSON.parse(texts.texts[number] ?? '[null,null]') as Array<string | null>;
      return { source: name ?? null, source_namespace: namespace ?? null };
    },
  };
}
