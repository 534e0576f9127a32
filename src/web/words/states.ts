/** States of routing: what each says to a person, and how it is drawn. Colour is never the only sign. */
import type { Severity, State } from '../../domain/resources.ts';
import { type Child, h } from '../dom/element.ts';

interface StateWords {
  readonly label: string;
  readonly says: string;
  /** How alarming: decides the order and the weight of lines. */
  readonly rank: 0 | 1 | 2;
}

export const STATE_WORDS: Readonly<Record<State, StateWords>> = {
  service: { label: 'service', says: 'by the address of a service, to its own cluster', rank: 0 },
  direct: { label: 'direct', says: "to the pod's own address, by a cluster of its service", rank: 0 },
  passthrough: {
    label: 'passthrough',
    says: 'no listener fits: straight on to the address that was dialled',
    rank: 0,
  },
  gateway: { label: 'gateway', says: 'by name, through a gateway', rank: 0 },
  captured: {
    label: 'captured',
    says: 'taken by a listener that belongs to somebody else, and sent to another host',
    rank: 2,
  },
  captured_nominal: {
    label: 'captured (name only)',
    says: 'counted for another service, yet delivered to the address that was dialled',
    rank: 1,
  },
  blackhole: { label: 'blackhole', says: 'dropped: no destination is allowed', rank: 2 },
  no_filter_chain: {
    label: 'no filter chain',
    says: 'a listener took it, and had nothing that fits',
    rank: 2,
  },
  unknown: { label: 'unknown', says: 'the lines do not tell', rank: 0 },
};

/** The words for a state; also for one that a newer server knows. */
export function stateWords(state: string): StateWords {
  return STATE_WORDS[state as State] ?? { label: state, says: '', rank: 0 };
}

/** Name of the CSS class that colours a state. */
export function stateClass(state: string | null): string {
  return state !== null && state in STATE_WORDS ? `state-${state}` : 'state-unknown';
}

export function stateBadge(state: string | null): Child {
  if (state === null) return h('span', { class: 'muted' }, '–');
  const { label, says } = stateWords(state);
  return h('span', { class: `badge state ${stateClass(state)}`, title: says }, label);
}

export function severityBadge(severity: Severity): Child {
  return h('span', { class: `badge severity severity-${severity}` }, severity);
}
