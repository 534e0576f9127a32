/** Namespaces of pods, where their envelopes do not tell. */
import { hostNamespace } from '../domain/cluster-name.ts';
import type { Facts } from './legs.ts';

/** The namespaces of the services that a pod's own inbound lines name. */
export class NamespaceBook {
  readonly #seen = new Map<string, Set<string>>();

  /** Notes what a line tells. True when it tells something new of its writer. */
  note(facts: Facts): boolean {
    const host = facts.direction === 'inbound' ? (facts.service?.host ?? facts.sni?.host ?? null) : null;
    const namespace = host === null ? null : hostNamespace(host);
    if (namespace === null) return false;
    const seen = this.#seen.get(facts.writer);
    if (seen === undefined) this.#seen.set(facts.writer, new Set([namespace]));
    else if (seen.has(namespace)) return false;
    else seen.add(namespace);
    return true;
  }

  /** The only namespace that a writer's lines name; null when they name none or several. */
  of(writer: string): string | null {
    const seen = this.#seen.get(writer);
    return seen?.size === 1 ? ([...seen][0] ?? null) : null;
  }
}
