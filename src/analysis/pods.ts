/** What is known of pods: who wrote lines, and which addresses are theirs. */

import type { Shape } from '../domain/ports.ts';
import type { Source } from '../domain/resources.ts';
import { HOUR_MS } from '../domain/time.ts';

/** A claim outlives the line that made it by this much, in ms: pods are quiet, but addresses are re-used. */
export const EVIDENCE_MS = 24 * HOUR_MS;
/** Clients may hold on to the address of a pod that is gone for this long, ms. */
export const MOVING_MS = 10 * 60_000;
/** Overlap of two pods' claims on one address that clocks may explain, in ms. */
export const CLOCK_MS = 5_000;
/** A pod's first connections may be made before its proxy has its listeners: they tell nothing of routing; ms. */
export const START_MS = 60_000;

/** A pod whose lines were read. */
export interface Writer {
  readonly key: string;
  readonly source: Source;
  readonly ips: ReadonlySet<string>;
  /** Those of them at which it turned connections away. */
  readonly refusedAt: ReadonlySet<string>;
  readonly inboundPorts: ReadonlySet<number>;
  /** True for a gateway: its downstream peers are other pods or the world, never its own application. */
  readonly gateway: boolean;
  /** Smallest and largest start time of its lines, and largest end. */
  readonly first: number;
  readonly last: number;
  readonly end: number;
}

/** A stretch of time in which a pod's own lines show it at an address. */
export interface Claim {
  readonly ip: string;
  readonly writer: Writer;
  readonly first: number;
  readonly last: number;
  /** One of the lines' shapes: the proof. */
  readonly shape: Shape;
}

export interface Pods {
  readonly writers: ReadonlyMap<string, Writer>;
  /** The claim that holds for an address at a time, ms since the epoch. Null: no pod, or none for certain. */
  claimAt(ip: string, time: number): Claim | null;
  claims(ip: string): readonly Claim[];
  /** True when the same pod, or none, has an address from one time to another, as `claimAt` and `isMoving` say. */
  isSteady(ip: string, from: number, to: number): boolean;
  /** True when the address went from one pod to another at about this time, so that either may be meant. */
  isMoving(ip: string, time: number): boolean;
  /** Every address that ever was a pod's for certain. */
  readonly ips: ReadonlySet<string>;
  /** Smallest start time of all lines; infinite without any. */
  readonly start: number;
}

/**
 * True for a time in the first minute of a pod, as far as its lines tell. A pod that keeps its name and gets a new address
 * has started anew; of one that was there when the data begins nobody knows.
 */
export function isStarting(pods: Pods, writer: string, ip: string | null, time: number): boolean {
  const known = pods.writers.get(writer);
  if (known === undefined) return false;
  const claim = ip === null ? null : pods.claimAt(ip, time);
  const born = claim !== null && claim.writer === known ? claim.first : known.first;
  return born - pods.start >= START_MS && time - born < START_MS;
}
