/** Names that Istio gives to Envoy's clusters, and the same names as they appear in the SNI. */

/** A cluster of a service. `port` is the service's port for outbound, mostly the container's for inbound. */
export interface ServiceCluster {
  readonly direction: 'outbound' | 'inbound' | 'inbound-vip';
  readonly port: number;
  readonly subset: string | null;
  /** Null on inbound clusters since Istio 1.8. */
  readonly host: string | null;
}

/** The name without the `;` that Istio 1.24's alternative stat names end in. Compare only normalised names. */
export function normalizeCluster(name: string): string {
  return name.endsWith(';') ? name.slice(0, -1) : name;
}

/** Splits `outbound|5701||db.ns.svc` or `outbound_.5701_._.db.ns.svc`. Null: not a service's cluster. */
export function parseCluster(name: string): ServiceCluster | null {
  const text = normalizeCluster(name);
  const parts = text.includes('|') ? splitIn(text, '|', 4) : splitIn(text, '_.', 4);
  if (parts.length !== 4) return null;
  const [direction, port, subset, host] = parts as [string, string, string, string];
  if (direction !== 'outbound' && direction !== 'inbound' && direction !== 'inbound-vip') return null;
  if (!/^\d{1,5}$/.test(port)) return null;
  return { direction, port: Number(port), subset: subset || null, host: host || null };
}

/** The service that a mutual-TLS client named in its SNI, or null for an ordinary or unreliable SNI. */
export function parseClusterSni(sni: string): ServiceCluster | null {
  return sni.startsWith('outbound_.') ? parseCluster(sni) : null;
}

/** `outbound_.5701_._.h` and `outbound|5701||h` are the same cluster. */
export function sameCluster(a: string, b: string): boolean {
  if (normalizeCluster(a) === normalizeCluster(b)) return true;
  const x = parseCluster(a);
  const y = parseCluster(b);
  return x !== null && y !== null && x.host === y.host && x.port === y.port && x.subset === y.subset;
}

export const PASSTHROUGH = 'PassthroughCluster';
export const BLACKHOLE = 'BlackHoleCluster';

/** True for the cluster of inbound traffic to a port that no service declares. */
export function isInboundPassthrough(name: string): boolean {
  return normalizeCluster(name).startsWith('InboundPassthroughCluster');
}

/** Namespace in a Kubernetes service's name (`db.ns.svc.cluster.local`), or null for any other host. */
export function hostNamespace(host: string): string | null {
  const match = /^[^.]+\.([^.]+)\.svc(?:\.|$)/.exec(host);
  return match?.[1] ?? null;
}

/** Short name of a Kubernetes service, or null for any other host. */
export function hostService(host: string): string | null {
  return hostNamespace(host) === null ? null : host.slice(0, host.indexOf('.'));
}

function splitIn(text: string, separator: string, most: number): string[] {
  const parts: string[] = [];
  let from = 0;
  while (parts.length < most - 1) {
    const at = text.indexOf(separator, from);
    if (at < 0) break;
    parts.push(text.slice(from, at));
    from = at + separator.length;
  }
  parts.push(text.slice(from));
  return parts;
}
