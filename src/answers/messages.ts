/** What is said between those who ask and the thread that answers. */
import { type NamePattern, namePattern } from '../domain/name-pattern.ts';
import type { PackedError } from '../domain/packed-error.ts';
import type { Analysis } from '../domain/queries.ts';

/** What can be asked. */
export type Method = Exclude<keyof Analysis, 'version'>;

/** Every one of them: the compiler misses none. */
export const METHODS: readonly Method[] = Object.keys({
  connections: true,
  connection: true,
  pairs: true,
  pair: true,
  routes: true,
  shifts: true,
  shift: true,
  incidents: true,
  incident: true,
  evidence: true,
  incidentHeads: true,
  shiftIds: true,
  anomalies: true,
  anomaly: true,
  explain: true,
  coverage: true,
  timeseries: true,
  topology: true,
  report: true,
  summary: true,
} satisfies Record<Method, true>) as Method[];

export interface Question {
  readonly method: Method;
  /** Packed. */
  readonly args: readonly unknown[];
  /** Version of the store that the answer has to know of; 0 for whatever the thread has followed to. */
  readonly version: number;
  /** By `steadyNow`, see `withDeadline`. */
  readonly deadline: number | null;
}

export type ToAnswers =
  | ({ readonly kind: 'ask'; readonly id: number } & Question)
  | { readonly kind: 'changes'; readonly id: number; readonly flows: Float64Array | readonly number[] | null }
  /** Derive all from what is stored now, at least of this version, and stay at that moment. */
  | { readonly kind: 'follow'; readonly id: number; readonly version: number }
  /** Read the moment anew, or stay at none. */
  | { readonly kind: 'renew' | 'let-go'; readonly id: number }
  | { readonly kind: 'close' };

export type FromAnswers =
  | { readonly kind: 'ready' }
  /** `version`: of the store, that the answer is of. */
  | { readonly kind: 'answer'; readonly id: number; readonly version: number; readonly answer: unknown }
  /** It was done what was told that is no question. Ms that it took, and bytes of objects that the thread has. */
  | {
      readonly kind: 'done';
      readonly id: number;
      readonly version: number;
      readonly ms: number;
      readonly heapBytes: number;
    }
  /** `id` is null for the opening and the closing. */
  | { readonly kind: 'failed'; readonly id: number | null; readonly error: PackedError }
  /** Asks for what changed after a version, and up to another one at least. */
  | { readonly kind: 'changes'; readonly id: number; readonly since: number; readonly upTo: number }
  /** The disk or the database failed. */
  | { readonly kind: 'lost'; readonly error: PackedError }
  | { readonly kind: 'closed' };

/** Functions cannot travel: a pattern goes as its text. */
interface PackedPattern {
  readonly namePattern: string;
}

/** Shape: plain data, with patterns of names anywhere in it. */
export function pack(value: unknown): unknown {
  if (typeof value === 'function')
    return { namePattern: (value as NamePattern).text } satisfies PackedPattern;
  return mapped(value, pack);
}

export function unpack(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'namePattern' in value)
    return namePattern((value as PackedPattern).namePattern);
  return mapped(value, unpack);
}

function mapped(value: unknown, change: (one: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, change(one)]));
}
