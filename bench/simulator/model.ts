/** The things of a simulated mesh. Times are ms since the epoch on a perfect clock that nobody in the mesh can read. */

export interface Node {
  readonly name: string;
  readonly ip: string;
  /** What this node's clock shows more than the perfect one, ms. */
  readonly offset: number;
}

/** One life of a pod. A StatefulSet's pod that is replaced keeps its name and is another `Pod` here. */
export interface Pod {
  /** Counts the lives of all pods. */
  readonly uid: number;
  readonly name: string;
  readonly workload: Workload;
  readonly node: Node;
  readonly ip: string;
  /** `ip:port` of its container. */
  readonly address: string;
  /** What stern prints before this pod's messages. */
  readonly prefix: string;
  readonly from: number;
  /** When it is ended; Infinity when it outlives the simulation. */
  readonly to: number;
}

/** A place for one pod of a workload, with the pods that fill it one after the other. */
export interface Slot {
  readonly workload: Workload;
  readonly pods: Pod[];
  /** Index of the pod that is current; moves forward only. */
  cursor: number;
}

/**
 * How a workload is called. `tcp`: by its virtual address. `http`: the same, by HTTP. `headless`: by the addresses of its
 * pods, which have listeners. `peer`: by the addresses of its pods, which have none. `gateway`: passes others' traffic on.
 * `ambient`: its pods have no sidecar, but a ztunnel. `particular`: in one way alone, see `Particular`.
 */
export type Role = 'tcp' | 'http' | 'headless' | 'peer' | 'gateway' | 'ambient' | 'particular';

/** A workload, and the service in front of it, which has its name. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  /** Whether its pods keep their names when they are replaced. */
  readonly stateful: boolean;
  readonly slots: Slot[];
  readonly role: Role;
  readonly host: string;
  readonly port: number;
  readonly targetPort: number;
  /** `ip:port` of the service's virtual address. */
  readonly address: string;
  /** Name of the clients' cluster, and the same as it appears in the SNI. */
  readonly cluster: string;
  readonly sni: string;
  /** Name of the servers' cluster up to Istio 1.7. */
  readonly inboundCluster: string;
}

/** A host outside of the mesh that is registered, as a ServiceEntry is. */
export interface RegisteredHost {
  readonly cluster: string;
  /** `ip:port` that clients dial. */
  readonly addresses: readonly string[];
  /** `ip:port` that the proxies connect to; null: to the address that was dialled. */
  readonly upstreams: readonly string[] | null;
}

/** Workloads that are there for one thing each, and that no scenario touches. */
export interface Particular {
  /** Takes traffic from outside in. */
  readonly ingress: Workload;
  /** Takes traffic from other clusters in, unread. */
  readonly eastWest: Workload;
  /** Reached through `eastWest` alone. */
  readonly remote: Workload;
  readonly ambient: readonly Workload[];
  /** One on each node, in the order of the nodes. */
  readonly ztunnels: readonly Pod[];
  /** Called by pod address, and refuses plain text. */
  readonly strict: Workload;
  /** A headless service whose proxies pick a pod themselves, whichever was dialled. */
  readonly sharedHeadless: Workload;
  /** Sends whatever is unknown to `relay`, as its Sidecar resource says. */
  readonly proxied: Workload;
  readonly relay: Workload;
  /** Its virtual address leads to a subset from some day on, and later to `routedTo`. */
  readonly routed: Workload;
  readonly routedTo: Workload;
  /** Gets another virtual address one day; its old one is then given to `moving`. */
  readonly moved: Workload;
  readonly moving: Workload;
}

export interface World {
  readonly nodes: readonly Node[];
  readonly workloads: readonly Workload[];
  /** Places whose pods open connections, busiest first. */
  readonly clients: readonly Slot[];
  readonly tcp: readonly Workload[];
  readonly http: readonly Workload[];
  readonly headless: Workload;
  /** Called by pod address; what the catch-all listeners take. */
  readonly peers: Workload;
  /** Called by pod address on another port, which no scenario touches. */
  readonly otherPeers: Workload;
  /** Listens on the port of `peers` as well, and answers what a silent capture sends it. */
  readonly neighbour: Workload;
  readonly gateway: Workload;
  /** Workloads beside `peers` whose pods dial the pods of `peers`. */
  readonly peerClients: readonly Slot[];
  /** Dials a virtual address of the mesh behind a name: the address that answers is another one. */
  readonly alias: RegisteredHost & { readonly workload: Workload };
  /** Ranges of addresses that belong to one registered host each. */
  readonly ranges: readonly RegisteredHost[];
  /** Hosts that are reached through the gateway by their SNI. */
  readonly gatewayHosts: readonly RegisteredHost[];
  /** `ip:port` of hosts that nothing in the mesh knows. */
  readonly unknownHosts: readonly string[];
  /** Clusters of the catch-all listeners to come: one that leads nowhere, and one that leads to `neighbour`. */
  readonly catchAlls: { readonly failing: string; readonly silent: string };
  /** Null in meshes that have none of them. */
  readonly particular: Particular | null;
  /** Pods that take the place of others and open connections, in the order of their start. */
  readonly replacements: readonly Pod[];
}

/** The pod that is in this place now, or null between two pods. */
export function podAt(slot: Slot, time: number): Pod | null {
  let next = slot.pods[slot.cursor + 1];
  while (next !== undefined && next.from <= time) {
    slot.cursor++;
    next = slot.pods[slot.cursor + 1];
  }
  const pod = slot.pods[slot.cursor];
  return pod !== undefined && pod.from <= time && time < pod.to ? pod : null;
}
