/** Who answers at an address, where its traffic goes and went, from whom, with what result. */
import { formatAddress } from '../domain/address.ts';
import type { AddressFilter, Filter } from '../domain/filter.ts';
import type { Explanation } from '../domain/queries.ts';
import type { Incident, Source } from '../domain/resources.ts';
import { formatTime } from '../domain/time.ts';
import type { Finding } from './findings.ts';
import { compareText } from './legs.ts';
import { matchesFinding, matchesRun, matchesShift } from './matching.ts';
import type { Model } from './model.ts';
import type { Owner, Ownership } from './ownership.ts';
import { toRoute, toShift } from './present.ts';
import type { Run } from './routes.ts';

const EVIDENCE_WORDS = {
  inbound_cluster: "named in the server's inbound cluster",
  sni: 'named by clients in the SNI of mutual TLS',
  service_address: 'connections to this service address go to it',
  endpoint: 'connections to its service address ended here',
} as const;

/** Explains an address. The filter narrows routes, shifts and incidents; `tell` puts an incident into words. */
export async function explainAddress(
  asked: AddressFilter,
  filter: Filter,
  model: Model,
  tell: (finding: Finding) => Promise<Incident>,
): Promise<Explanation> {
  const { known } = model;
  const isAsked = (address: { ip: string; port: number }) =>
    address.ip === asked.ip && (asked.port === null || address.port === asked.port);
  const wanted = model.runs.filter((run) => matchesRun(filter, run, model));
  const towards = byTime(wanted.filter((run) => isAsked(run.local)));
  const diverted = byTime(wanted.filter((run) => isDivertedTo(run, isAsked)));
  const shifts = model.shifts.filter(
    (shift) => isAsked(shift.to[0].local) && matchesShift(filter, shift, model),
  );
  const findings = model.findings.filter(
    (finding) =>
      finding.legs.some(
        ({ facts }) =>
          (facts.local !== null && isAsked(facts.local)) ||
          (facts.upstream !== null && isAsked(facts.upstream)),
      ) && matchesFinding(filter, finding, model),
  );
  return {
    address: asked.port === null ? asked.ip : formatAddress({ ip: asked.ip, port: asked.port }),
    ip: asked.ip,
    port: asked.port,
    class: classOf(asked.ip, known),
    pods: podsAt(asked.ip, known),
    owners: ownersAt(asked, known),
    routes: towards.map((run) => toRoute(run, known)),
    clients: clientsOf(towards),
    diverted_here: diverted.map((run) => toRoute(run, known)),
    shifts: shifts.map((shift) => toShift(shift, model)),
    incidents: await Promise.all(findings.map(tell)),
  };
}

function classOf(ip: string, known: Ownership): Explanation['class'] {
  if (known.pods.ips.has(ip)) return 'pod';
  if (known.isVip(ip)) return 'service_vip';
  const isSeen = [...known.shapes].some(
    ({ facts }) => facts.local?.ip === ip || facts.upstream?.ip === ip || facts.remoteIp === ip,
  );
  return isSeen && !known.isPodLike(ip) && known.pods.ips.size > 0 ? 'external' : 'unknown';
}

function podsAt(ip: string, known: Ownership): Explanation['pods'] {
  return known.pods.claims(ip).flatMap(({ writer, first, last }) => {
    const { pod, workload, namespace } = writer.source;
    if (pod === null) return [];
    return [
      {
        pod,
        workload: workload ?? pod,
        namespace,
        first_seen: formatTime(first),
        last_seen: formatTime(last),
      },
    ];
  });
}

function ownersAt(asked: AddressFilter, known: Ownership): Explanation['owners'] {
  const addresses = known
    .addressesOf(asked.ip)
    .filter((address) => asked.port === null || address.port === asked.port);
  const owners: Owner[] = addresses.flatMap((address) => [...known.owners(address)]);
  return owners.map(({ host, port, evidence, first, last }) => ({
    service: host,
    port,
    evidence: EVIDENCE_WORDS[evidence],
    first_seen: formatTime(first),
    last_seen: formatTime(last),
  }));
}

/** Sent to this address although another one was dialled, which is no service's way. */
function isDivertedTo(run: Run, isAsked: (address: { ip: string; port: number }) => boolean): boolean {
  if (run.state !== 'captured') return false;
  return run.legs.some(({ facts }) => facts.upstream !== null && isAsked(facts.upstream));
}

function byTime(runs: readonly Run[]): Run[] {
  return [...runs].sort((a, b) => a.first - b.first || compareText(a.id, b.id));
}

function clientsOf(runs: readonly Run[]): Source[] {
  const clients = new Map(runs.map((run) => [run.writer, run.source]));
  return [...clients].sort(([a], [b]) => compareText(a, b)).map(([, source]) => source);
}
