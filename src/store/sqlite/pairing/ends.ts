/** Ends in the window as the rules of pairing see them. */
import type { ConnectionEnd } from '../../../domain/ports.ts';
import type { Dictionary } from '../dictionary.ts';
import { CLUSTER, SNI } from '../shape-codes.ts';
import type { Shapes } from '../shapes.ts';
import { UNORDERED } from './end-records.ts';
import { NONE, type PairingWindow } from './pairing-window.ts';

export interface EndDeps {
  readonly window: PairingWindow;
  readonly dictionary: Dictionary;
  readonly shapes: Shapes;
}

export function endOf(slot: number, { window, dictionary, shapes }: EndDeps): ConnectionEnd {
  const place = shapes.place(window.shape(slot));
  const { data } = shapes.codes;
  return {
    start: window.start(slot),
    end: window.end(slot),
    bytes_received: known(window.received(slot)),
    bytes_sent: known(window.sent(slot)),
    upstream_cluster: dictionary.textOf(data[place + CLUSTER] || null),
    requested_server_name: dictionary.textOf(data[place + SNI] || null),
    client_ip: dictionary.textOf(window.own(slot) || null),
    server_ip: hostOf(dictionary.textOf(window.server(slot) || null)),
    unordered: window.is(slot, UNORDERED) && window.request(slot) === 0,
    tie: window.hash(slot),
  };
}

/** Host of a canonical address, without its port and brackets. */
function hostOf(address: string | null): string | null {
  if (address === null) return null;
  const host = address.slice(0, address.lastIndexOf(':'));
  return host.startsWith('[') ? host.slice(1, -1) : host;
}

function known(count: number): number | null {
  return count === NONE ? null : count;
}
