/**
 * What shapes say, column by column, each distinct value as a number: filters and groupings look at the few values, and
 * at numbers for the very many shapes. Only what is never learned anew is here: direction and states are asked of the facts.
 */
import { normalizeCluster } from '../domain/cluster-name.ts';
import { type Filter, matchesAddress } from '../domain/filter.ts';
import type { NamePattern } from '../domain/name-pattern.ts';
import type { Source } from '../domain/resources.ts';
import type { Facts, KnownAddress } from './legs.ts';
import type { LineModel } from './model.ts';
import type { ShapeModel } from './shape-model.ts';

/** Numbers from 1 on, by the id of the shape, and what they stand for. 0: there is no such shape. */
export class Column<T> {
  numbers = new Int32Array(0);
  readonly values: T[] = [];
  readonly #known = new Map<unknown, number>();
  readonly #of: (facts: Facts) => T;
  readonly #keyOf: (value: T) => unknown;

  constructor(of: (facts: Facts) => T, keyOf: (value: T) => unknown = (value) => value) {
    this.#of = of;
    this.#keyOf = keyOf;
  }

  reserve(ids: number): void {
    const numbers = new Int32Array(ids);
    numbers.set(this.numbers);
    this.numbers = numbers;
  }

  fill(id: number, facts: Facts): void {
    const value = this.#of(facts);
    const key = this.#keyOf(value);
    let number = this.#known.get(key);
    if (number === undefined) {
      number = this.values.push(value);
      this.#known.set(key, number);
    }
    this.numbers[id] = number;
  }

  /** Takes out of a mask all shapes whose value does not pass. */
  narrow(mask: Uint8Array, test: (value: T) => boolean): void {
    const passes = Uint8Array.from([0, ...this.values.map((value) => (test(value) ? 1 : 0))]);
    const { numbers } = this;
    for (let id = 0; id < mask.length; id++) mask[id] = (mask[id] ?? 0) & (passes[numbers[id] ?? 0] ?? 0);
  }
}

export class ShapeIndex {
  readonly writer = new Column(
    ({ writer, source }) => ({ writer, source }) as { readonly writer: string; readonly source: Source },
    ({ writer }) => writer,
  );
  readonly node = new Column(({ shape }) => shape.identity.node);
  readonly cluster = new Column(({ shape }) => shape.upstream_cluster);
  readonly flags = new Column(
    ({ shape }) => shape.response_flags,
    (flags) => flags.join(),
  );
  readonly local = new Column<KnownAddress | null>(
    ({ local }) => local,
    (local) => local?.key,
  );
  readonly upstream = new Column<KnownAddress | null>(
    ({ upstream }) => upstream,
    (upstream) => upstream?.key,
  );
  readonly remoteIp = new Column(({ shape }) => shape.downstream_remote_ip);
  readonly http = new Column(({ shape }) => shape.http);
  readonly failed = new Column(({ failed }) => failed);
  #shapes = 0;
  #ids = 0;

  /** One more than the largest id. */
  get ids(): number {
    return this.#ids;
  }

  /** Takes in shapes that are new. */
  update(shapes: ReadonlyMap<number, ShapeModel>): void {
    if (shapes.size === this.#shapes) return;
    const columns: ReadonlyArray<Pick<Column<unknown>, 'reserve' | 'fill'>> = [
      this.writer,
      this.node,
      this.cluster,
      this.flags,
      this.local,
      this.upstream,
      this.remoteIp,
      this.http,
      this.failed,
    ];
    for (const id of shapes.keys()) if (id >= this.#ids) this.#ids = id + 1;
    if (this.#ids > this.node.numbers.length)
      for (const column of columns) column.reserve(Math.ceil(this.#ids * 1.25));
    const { numbers } = this.node;
    for (const [id, { facts }] of shapes)
      if (numbers[id] === 0) for (const column of columns) column.fill(id, facts);
    this.#shapes = shapes.size;
  }

  /** 1 by the id of each shape that the filter asks for, but for its window, states, and what only lines or findings tell. */
  matching(filter: Filter, { shapes }: Pick<LineModel, 'shapes'>): Uint8Array {
    const mask = new Uint8Array(this.#ids).fill(1);
    const any = (patterns: readonly NamePattern[], name: string | null) =>
      patterns.some((pattern) => pattern(name));
    const { pod, namespace, workload, node, kind, source, destination, port, direction } = filter;
    if (pod.length > 0) this.writer.narrow(mask, (one) => any(pod, one.source.pod));
    if (namespace.length > 0) this.writer.narrow(mask, (one) => any(namespace, one.source.namespace));
    if (workload.length > 0) this.writer.narrow(mask, (one) => any(workload, one.source.workload));
    if (node.length > 0) this.node.narrow(mask, (name) => any(node, name));
    if (kind.length > 0) this.http.narrow(mask, (isHttp) => any(kind, isHttp ? 'http' : 'tcp'));
    if (source.length > 0) this.remoteIp.narrow(mask, (ip) => source.some((one) => one.ip === ip));
    if (destination.length > 0)
      this.local.narrow(mask, (local) => local !== null && matchesAddress(destination, local.ip, local.port));
    if (port.length > 0) this.local.narrow(mask, (local) => local !== null && port.includes(local.port));
    const { upstream_cluster, response_flag } = filter;
    if (upstream_cluster.length > 0) {
      this.cluster.narrow(
        mask,
        (name) =>
          any(upstream_cluster, name) || (name !== null && any(upstream_cluster, normalizeCluster(name))),
      );
    }
    if (response_flag.length > 0)
      this.flags.narrow(mask, (flags) => flags.some((flag) => any(response_flag, flag)));
    // An id without a shape is in no column.
    this.node.narrow(mask, () => true);
    if (direction.length > 0) {
      for (let id = 0; id < mask.length; id++) {
        if (mask[id] === 1 && !direction.includes(shapes.get(id)?.facts.direction ?? 'unknown')) mask[id] = 0;
      }
    }
    return mask;
  }
}

/** By the table of shapes, which is another one when all is read anew. */
const INDEXES = new WeakMap<LineModel['shapes'], ShapeIndex>();

/** The index of a model's shapes, as they are now. */
export function shapeIndexOf({ shapes }: Pick<LineModel, 'shapes'>): ShapeIndex {
  const index = INDEXES.get(shapes) ?? new ShapeIndex();
  INDEXES.set(shapes, index);
  index.update(shapes);
  return index;
}
