/**
 * Who wrote a line, put together from all readings of it. The same line may come once from `stern -n app`, without its
 * namespace, and once from `stern -A`, with it; it is kept once, as it came first. What the other reading knew is in the
 * shapes, which both leave behind, and so is not lost whichever came first.
 */
import type Database from 'better-sqlite3';
import { COLUMN, type StoredShape } from './shape-columns.ts';

/** Ids of texts, or null. */
export type Who = Pick<StoredShape, 'namespace_id' | 'container_id' | 'node_id'>;

type Row = Pick<StoredShape, (typeof PARTS)[number] | (typeof PLACE)[number]>;

export interface Whereabouts {
  /** What a shape says of who wrote it, and what is missing from others of the same pod between the same addresses. */
  complete(shape: StoredShape): Who;
  /** Call when somebody else, who reads the same database, keeps what was completed: from now on `note` tells of it. */
  watch(): void;
  /**
   * Takes in a new shape: ids in the order of `COLUMNS`, 0 for null. True: what was completed before may be completed differently now.
   */
  note(columns: Int32Array): boolean;
  reset(): void;
}

const PARTS = ['namespace_id', 'container_id', 'node_id'] as const;
/** One of the two addresses is the pod's own, so that two pods of one name are not taken for each other. */
const PLACE = ['pod_id', 'downstream_local_address_id', 'downstream_remote_host_id'] as const;
/** Places remembered of pods that were read in several ways; what is beyond them stays as it was read. */
const PLACES_MAX = 500_000;

/** Values met for each of PARTS. */
type Told = readonly [Set<number>, Set<number>, Set<number>];

export function createWhereabouts(db: Database.Database): Whereabouts {
  const columns = [...PARTS, ...PLACE].join(', ');
  const ways = db.prepare<[], Row>(`SELECT DISTINCT pod_id, ${PARTS.join(', ')} FROM shape`);
  const all = db.prepare<[], Row>(`SELECT ${columns} FROM shape`);
  /** In which way a pod was read; null: in several. Most pods are read in one, and need no more memory than this. */
  const wayOf = new Map<number, Who | null>();
  const places = new Map<string, Told>();
  let isLoaded = false;
  /** True when somebody may keep what was completed. */
  let isAsked = false;

  /** The one way in which the pod was read until now, when this is another; else null. */
  const noteWay = (shape: Row): Who | null => {
    const pod = shape.pod_id;
    if (pod === null) return null;
    const known = wayOf.get(pod);
    if (known === undefined) wayOf.set(pod, shape);
    if (known === undefined || known === null || !PARTS.some((part) => known[part] !== shape[part]))
      return null;
    wayOf.set(pod, null);
    return known;
  };

  /** True when a place that was known before has a value more. */
  const notePlace = (shape: Row): boolean => {
    const key = placeOf(shape);
    if (key === null || wayOf.get(shape.pod_id ?? 0) !== null) return false;
    const known = places.get(key);
    const told: Told = known ?? [new Set(), new Set(), new Set()];
    if (known === undefined && places.size < PLACES_MAX) places.set(key, told);
    let grew = false;
    PARTS.forEach((part, i) => {
      const value = shape[part];
      if (value === null || told[i]?.has(value)) return;
      told[i]?.add(value);
      grew = known !== undefined;
    });
    return grew;
  };

  const reset = (): void => {
    wayOf.clear();
    places.clear();
    isLoaded = false;
  };

  const noteLoaded = (shape: Row): boolean => {
    const before = noteWay(shape);
    if (before === null) return notePlace(shape);
    // All places of the pod are read with the next question, together with those of pods that follow.
    reset();
    return PARTS.some((part) => shape[part] !== null && shape[part] !== before[part]);
  };

  const load = (): void => {
    isLoaded = true;
    let isMixed = false;
    for (const way of ways.iterate()) if (noteWay(way) !== null) isMixed = true;
    if (isMixed) for (const shape of all.iterate()) notePlace(shape);
  };

  return {
    complete(shape) {
      if (!isLoaded) load();
      isAsked = true;
      const key = wayOf.get(shape.pod_id ?? 0) === null ? placeOf(shape) : null;
      const told = key === null ? undefined : places.get(key);
      if (told === undefined) return shape;
      const [namespace_id, container_id, node_id] = PARTS.map((part, i) => shape[part] ?? only(told[i]));
      return {
        namespace_id: namespace_id ?? null,
        container_id: container_id ?? null,
        node_id: node_id ?? null,
      };
    },
    watch() {
      if (!isLoaded) load();
      isAsked = true;
    },
    note(columns) {
      const mayDiffer = isLoaded ? noteLoaded(rowOf(columns)) : isAsked;
      if (mayDiffer) isAsked = false;
      return mayDiffer;
    },
    reset,
  };
}

function rowOf(columns: Int32Array): Row {
  const id = (column: keyof Row): number | null => columns[COLUMN[column]] || null;
  return {
    pod_id: id('pod_id'),
    namespace_id: id('namespace_id'),
    container_id: id('container_id'),
    node_id: id('node_id'),
    downstream_local_address_id: id('downstream_local_address_id'),
    downstream_remote_host_id: id('downstream_remote_host_id'),
  };
}

/** Null: its lines do not have both addresses. */
function placeOf(shape: Row): string | null {
  return PLACE.some((column) => shape[column] === null) ? null : PLACE.map((column) => shape[column]).join();
}

/** The one value of a set. Null: there is none, or it is one of several, and which is not known. */
function only(values: Set<number> | undefined): number | null {
  const [value = null] = values ?? [];
  return values?.size === 1 ? value : null;
}
