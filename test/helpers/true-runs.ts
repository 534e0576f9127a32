/** Routing as the lines of clients show it, without the product: runs of one cluster of one pod to one address. */
import { connectionsOf, hostOf, isFailed, type MeshTruth, type TrueLine } from './mesh-truth.ts';

export interface TrueRun {
  readonly pod: string;
  readonly address: string;
  /** As logged. */
  readonly cluster: string;
  /** By their start. */
  readonly lines: readonly TrueLine[];
  /** The run before it of the same pod and address, null for the first. */
  readonly before: TrueRun | null;
}

/** Of each pod and address in the order of time. A gateway's connections to one address go several ways at once, each a run. */
export function runsOf(mesh: MeshTruth): readonly TrueRun[] {
  const ways = new Map<string, TrueLine[]>();
  for (const line of connectionsOf(mesh.lines)) {
    if (line.side !== 'outbound' || line.http || line.downstreamLocal === '-') continue;
    const way = `${line.pod} ${line.downstreamLocal} ${line.isGateway ? line.cluster : ''}`;
    ways.set(way, [...(ways.get(way) ?? []), line]);
  }
  return [...ways.values()].flatMap((lines) => runsAlong(lines.toSorted((a, b) => a.start - b.start)));
}

function runsAlong(lines: readonly TrueLine[]): readonly TrueRun[] {
  const runs: (TrueRun & { readonly lines: TrueLine[] })[] = [];
  for (const line of lines) {
    const last = runs.at(-1) ?? null;
    if (last?.cluster === line.cluster) last.lines.push(line);
    else {
      const { pod, downstreamLocal: address, cluster } = line;
      runs.push({ pod, address, cluster, lines: [line], before: last });
    }
  }
  return runs;
}

/** Addresses that each pod had. */
export function addressesOf(mesh: MeshTruth): ReadonlyMap<string, ReadonlySet<string>> {
  const addresses = new Map<string, Set<string>>();
  for (const { pod, side, isGateway, downstreamLocal, downstreamRemote } of mesh.lines) {
    const own = side === 'inbound' || isGateway ? downstreamLocal : downstreamRemote;
    if (own !== '-') addresses.set(pod, (addresses.get(pod) ?? new Set<string>()).add(hostOf(own)));
  }
  return addresses;
}

export const firstOf = ({ lines }: TrueRun): number => lines[0]?.start ?? Number.NaN;
export const lastOf = ({ lines }: TrueRun): number => lines.at(-1)?.start ?? Number.NaN;
export const failuresOf = ({ lines }: TrueRun): number => lines.filter(isFailed).length;
export const bytesOf = ({ lines }: TrueRun): number =>
  lines.reduce((sum, { received, sent }) => sum + received + sent, 0);
