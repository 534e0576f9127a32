/** Who answers at an address: pods, service addresses, and the services that own them, as far as lines tell. */
import type { Address } from '../domain/address.ts';
import type { Leg } from './legs.ts';
import type { Pods } from './pods.ts';
import type { ShapeModel } from './shape-model.ts';
import type { Spreads } from './spreads.ts';

/** How the lines tell that a service owns an address, best first. */
export const OWNER_EVIDENCE = ['inbound_cluster', 'sni', 'service_address', 'endpoint'] as const;
export type OwnerEvidence = (typeof OWNER_EVIDENCE)[number];

/** A service that owns an address, in the time in which lines show it. */
export interface Owner {
  readonly host: string;
  /** Port of the service; the smallest where lines of one host name several. */
  readonly port: number;
  readonly evidence: OwnerEvidence;
  /** Start times, ms since the epoch. */
  readonly first: number;
  readonly last: number;
}

/** All that is known. It grows with the lines: an answer holds until the next update. */
export interface Ownership {
  readonly pods: Pods;
  /** In no order. */
  readonly shapes: Iterable<ShapeModel>;
  readonly spreads: Spreads;
  /** Hosts of services that are gateways. */
  readonly gateways: ReadonlySet<string>;
  /** True for the address of a service: one destination with many hosts behind it, and never a pod's. */
  isVip(ip: string): boolean;
  /** True for an address in a network where pods live, that is neither a known pod's nor a service's. */
  isPodLike(ip: string): boolean;
  /** True for an address in a network of service addresses where no pod lives. */
  isServiceLike(ip: string): boolean;
  /** Services that own an address at a time, best evidence first. */
  ownersAt(address: Address, time: number): readonly Owner[];
  /** Everything ever known of the owners of an address. */
  owners(address: Address): readonly Owner[];
  /** The addresses of an ip that have known owners. */
  addressesOf(ip: string): readonly Address[];
  /** First connection that a client made past the mesh to one of these addresses, by their keys. Null: none. */
  firstPassedTo(addresses: Iterable<string>): Leg | null;
  /** Namespace of a pod: from its envelope, else the one that its services are in; null when neither tells. */
  namespaceOf(writer: string): string | null;
}
