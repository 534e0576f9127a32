/** Changes of routing within one run: the cluster is the same, and its hosts were replaced for good. */
import { formatAddress } from '../domain/address.ts';
import { dnsUpstreamChanged } from './diagnoses/dns-upstream-changed.ts';
import { strictDnsToClusterIp } from './diagnoses/strict-dns-to-cluster-ip.ts';
import { maxOf, minOf } from './extremes.ts';
import type { Finding } from './findings.ts';
import { idOf } from './hash.ts';
import { compareLegs, compareText, type Leg } from './legs.ts';
import type { Run } from './routes.ts';
import type { ShapeModel } from './shape-model.ts';
import type { ShiftDraft } from './shifts.ts';

/** Gives findings of replaced hosts the change at each of their clients; all other findings stay as they are. */
export function withHostShifts(
  findings: readonly Finding[],
  runs: readonly Run[],
  shapes: ReadonlyMap<number, ShapeModel>,
): readonly Finding[] {
  const isReplaced = ({ diagnosis }: Finding): boolean =>
    diagnosis === dnsUpstreamChanged || diagnosis === strictDnsToClusterIp;
  if (!findings.some(isReplaced)) return findings;
  return findings.map((finding) =>
    isReplaced(finding) ? { ...finding, shifts: hostShifts(finding, runs, shapes) } : finding,
  );
}

function hostShifts(
  finding: Finding,
  runs: readonly Run[],
  shapes: ReadonlyMap<number, ShapeModel>,
): ShiftDraft[] {
  const after = new Set(finding.legs.map((leg) => leg.flow.shape.id));
  return runs
    .filter((run) => !run.blurred && run.legs.some((leg) => after.has(leg.flow.shape.id)))
    .flatMap((run) => {
      const legs = run.legs
        .flatMap((leg) => shapes.get(leg.flow.shape.id)?.legs ?? [])
        .filter(({ flow }) => flow.last >= run.first && flow.first <= run.last);
      const from = partOf(run, legs, (id) => !after.has(id));
      const to = partOf(run, legs, (id) => after.has(id));
      return from === null || to === null || from.last >= to.first ? [] : [draft(from, to)];
    })
    .sort((a, b) => a.firstAfter - b.firstAfter || compareText(a.id, b.id));
}

/** The connections of a run to some of its hosts; null: there are none. */
function partOf(run: Run, all: readonly Leg[], isIn: (shape: number) => boolean): Run | null {
  const legs = all.filter(({ flow }) => isIn(flow.shape.id)).sort(compareLegs);
  if (legs.length === 0) return null;
  const total = (pick: (leg: Leg) => number): number => legs.reduce((sum, leg) => sum + pick(leg), 0);
  const hosts = new Set(legs.map(({ flow }) => flow.shape.upstream_host));
  return {
    ...run,
    hosts: [...hosts].filter((host) => host !== null).sort(compareText),
    first: minOf(
      legs.map(({ flow }) => flow.first),
      run.first,
    ),
    last: maxOf(
      legs.map(({ flow }) => flow.last),
      run.last,
    ),
    end: maxOf(
      legs.map(({ flow }) => flow.end),
      run.end,
    ),
    connections: total(({ flow }) => flow.connections),
    failures: total(({ flow, facts }) => (facts.failed ? flow.connections : 0)),
    bytes: total(({ flow }) => flow.bytes_received + flow.bytes_sent),
    legs: [...new Map(legs.map((leg) => [leg.flow.shape.id, leg])).values()],
  };
}

function draft(from: Run, to: Run): ShiftDraft {
  return {
    id: idOf('shift', 'hosts', to.writer, formatAddress(to.local), to.first),
    level: 'address',
    from,
    to: [to],
    flaps: 1,
    lastBefore: from.last,
    firstAfter: to.first,
    // The lines themselves name the hosts before and after.
    evidence: 'g4',
  };
}
