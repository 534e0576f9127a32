/** Numbers for the labels of lines: series are told apart by whole numbers, and named in the end. */
import { normalizeCluster } from '../../domain/cluster-name.ts';
import type { Source } from '../../domain/resources.ts';
import type { Grouping, Labels } from '../../domain/timeseries.ts';
import { getOrMake } from '../get-or-make.ts';
import type { Judgement } from '../judgement.ts';
import type { Facts, Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import type { Column, ShapeIndex } from '../shape-index.ts';

/** Numbers below it can be put together with another one. */
const NUMBERS_MAX = 2 ** 26;

/** Gives the same number to the same labels of one grouping. */
interface Numbering {
  /** Of all lines of a shape, by its id; null where it varies from hour to hour. */
  readonly ofShapes: (() => Int32Array) | null;
  /** Of all lines of a shape; null where it may vary. */
  ofShape(facts: Facts): number | null;
  ofLeg(leg: Leg): number;
  labels(number: number): Labels;
}

/** What tells series apart: numbers from 0 on. */
export interface SeriesNumbers {
  /** Fills in the numbers of the shapes that are asked for (1 in `asked`), by their ids; null where series vary from hour to hour. */
  readonly ofShapes: ((asked: Uint8Array, into: Int32Array) => void) | null;
  /** Cheap for the legs of one shape after another. */
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
  /** Of the shape that was asked for last. */
  let shape: Facts | null = null;
  let fixed: ReadonlyArray<number | null> = [];
  const ofLeg = (leg: Leg): number => {
    if (leg.facts !== shape) {
      shape = leg.facts;
      fixed = numberings.map((numbering) => numbering.ofShape(leg.facts));
    }
    let number = 0;
    for (let i = 0; i < numberings.length; i++)
      number = pairs[i]?.numberOf(number, fixed[i] ?? numberings[i]?.ofLeg(leg) ?? 0) ?? 0;
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
    ofLeg,
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
  /** What was asked for last, which is mostly asked for again. */
  #key = -1;
  #number = 0;

  numberOf(a: number, b: number): number {
    const key = a * NUMBERS_MAX + b;
    if (key === this.#key) return this.#number;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#pairs.push([a, b]) - 1;
      this.#numbers.set(key, number);
    }
    this.#key = key;
    this.#number = number;
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
    ofShape: ({ shape }) => ofShape(column.numbers[shape.id] ?? 0),
    ofLeg: ({ facts }) => ofShape(column.numbers[facts.shape.id] ?? 0),
    labels: (number) => ({ [label]: texts.texts[number] ?? null }),
  };
}

function byState(model: LineModel): Numbering {
  const texts = new Texts();
  const numbers = new Map<Judgement | null, number>();
  return {
    ofShapes: null,
    ofShape: () => null,
    ofLeg(leg) {
      const judgement = model.judgementOf(leg);
      return getOrMake(numbers, judgement, () => texts.numberOf(judgement?.state ?? null));
    },
    labels: (number) => ({ state: texts.texts[number] ?? null }),
  };
}

/** Who opened the connection: its workload, else its address. A server's line tells of it by the address alone. */
function bySource({ known, first, lastStart }: LineModel): Numbering {
  const texts = new Texts();
  const numbers = new Map<Source | string | null, number>();
  /** Of addresses that one pod, or none, has at all times; null for others. */
  const clients = new Map<string | null, number | null>();
  const numberFor = (name: string | null, namespace: string | null): number =>
    texts.numberOf(JSON.stringify([name, namespace]));
  const ofWriter = (writer: string, source: Source): number =>
    getOrMake(numbers, source, () =>
      numberFor(source.workload ?? source.ip, source.namespace ?? known.namespaceOf(writer)),
    );
  const ofClient = (ip: string | null, time: number): number => {
    const claim = ip === null ? null : known.pods.claimAt(ip, time);
    if (claim !== null) return ofWriter(claim.writer.key, claim.writer.source);
    return getOrMake(numbers, ip, () => numberFor(ip, null));
  };
  const isSteady = (ip: string | null): boolean =>
    ip === null || known.pods.isSteady(ip, first ?? 0, lastStart ?? 0);
  return {
    ofShapes: null,
    ofShape: ({ direction, writer, source, remoteIp }) =>
      direction === 'inbound'
        ? getOrMake(clients, remoteIp, () => (isSteady(remoteIp) ? ofClient(remoteIp, first ?? 0) : null))
        : ofWriter(writer, source),
    ofLeg: ({ facts, flow }) =>
      facts.direction === 'inbound'
        ? ofClient(facts.remoteIp, flow.first)
        : ofWriter(facts.writer, facts.source),
    labels(number) {
      const [name, namespace] = JSON.parse(texts.texts[number] ?? '[null,null]') as Array<string | null>;
      return { source: name ?? null, source_namespace: namespace ?? null };
    },
  };
}
