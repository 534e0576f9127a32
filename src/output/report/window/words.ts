/** Names of callers, calls and ways, the same in every section. */
import { parseCluster } from '../../../domain/cluster-name.ts';
import type { Caller, RouteShare, Target } from '../../../domain/report.ts';
import { say, type Text } from '../../text.ts';

/** `web`, or `app/web` where the namespace is known. */
export function callerName({ workload, namespace }: Caller): string {
  const name = workload ?? 'an unknown workload';
  return namespace === null ? name : `${namespace}/${name}`;
}

/** `db.app.svc:5701`: without the part of a name that all services of a cluster have. */
export function targetName({ destination, port }: Target): string {
  const name = shortHost(destination);
  return name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`;
}

export function shortHost(host: string): string {
  return host.replace(/\.svc\.cluster\.local$/, '.svc');
}

/** What has a cluster of its own says by it where calls go. */
const WITHOUT_CLUSTER = new Set<string>(['passthrough', 'blackhole']);

/** `passthrough`, `captured by ext.app.svc`, `service`: a cluster of the target itself is not named again. */
export function wayWords({ state, upstream_cluster }: RouteShare, { destination, port }: Target): Text {
  const words = state.replaceAll('_', ' ');
  if (upstream_cluster === null || WITHOUT_CLUSTER.has(state)) return [words];
  const cluster = parseCluster(upstream_cluster);
  const preposition = state.startsWith('captured') ? 'by' : 'to';
  if (cluster?.host == null) return say`${[`${words} ${preposition}`]} ${upstream_cluster}`;
  const subset = cluster.subset === null ? [] : say`, subset ${cluster.subset}`;
  if (cluster.host === destination) return [words, ...subset];
  const name = cluster.port === port ? shortHost(cluster.host) : `${shortHost(cluster.host)}:${cluster.port}`;
  return say`${[`${words} ${preposition}`]} ${name}${subset}`;
}

/** Texts with commas between them, and how many more there are. */
export function joined(texts: readonly Text[], total = texts.length, most = 3): Text {
  const shown = texts.slice(0, most);
  const more = total - shown.length;
  return [
    ...shown.flatMap((text, i) => [...(i === 0 ? [] : [', ']), ...text]),
    ...(more > 0 ? [`${shown.length === 0 ? '' : ' and '}${more} more`] : []),
  ];
}
