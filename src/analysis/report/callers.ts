/** Who opens connections, as reports name them. */
import type { Caller } from '../../domain/report.ts';
import type { Leg } from '../legs.ts';
import type { Ownership } from '../ownership.ts';

/** The workload of a leg's writer, or its address where no envelope names the pod. */
export function callerOf({ facts: { source, writer } }: Leg, known: Ownership): Caller {
  return { workload: source.workload ?? source.ip, namespace: known.namespaceOf(writer) };
}

/** Callers as keys of a map: equal ones have the same. */
export function keyOfCaller({ namespace, workload }: Caller): string {
  return JSON.stringify([namespace, workload]);
}

export function callerOfKey(key: string): Caller {
  const [namespace = null, workload = null] = JSON.parse(key) as Array<string | null>;
  return { workload, namespace };
}
