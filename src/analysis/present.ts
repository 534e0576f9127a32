/** Turns runs and changes into the public resources. */
import type { Destination, Route, Routing, Shift } from '../domain/resources.ts';
import { formatTime } from '../domain/time.ts';
import { kindOf } from './changes.ts';
import { describePlace, type Finding, isConfirmed } from './findings.ts';
import type { Model } from './model.ts';
import type { Ownership } from './ownership.ts';
import { isSameRouting, type Run } from './routes.ts';
import { mergeRuns, type ShiftDraft, sourceOf } from './shifts.ts';
import { CONFIDENCE } from './states.ts';

/** The public form of a run. */
export function toRoute(run: Run, known: Ownership): Route {
  return {
    id: run.id,
    source: run.source,
    destination: toDestination(run, known),
    ...toRouting(run),
    first_seen: formatTime(run.first),
    last_seen: formatTime(run.last),
    connections: run.connections,
    failures: run.failures,
    bytes: run.bytes,
  };
}

/** The public form of a shift. */
export function toShift(shift: ShiftDraft, model: Model): Shift {
  const [head] = shift.to;
  const total = shift.to.reduce(mergeRuns);
  const finding = model.findingOf.get(shift.id) ?? null;
  return {
    id: shift.id,
    kind: kindOf(shift),
    source: sourceOf(shift),
    destination: toDestination(head, model.known),
    from: toRouting(shift.from),
    to: toRouting(total),
    last_before: formatTime(shift.lastBefore),
    first_after: formatTime(shift.firstAfter),
    before: { connections: shift.from.connections, failures: shift.from.failures },
    after: { connections: total.connections, failures: total.failures, bytes: total.bytes },
    evidence: shift.evidence,
    confidence: CONFIDENCE[shift.evidence],
    confirmed: total.connections >= 2 || isConfirmedByOthers(head, finding),
    misdelivered: head.state === 'captured' && (finding?.misdelivered ?? false),
    incident_id: finding?.id ?? null,
  };
}

/** Another source of the incident shows the same. The way out of an incident has to show itself. */
function isConfirmedByOthers(head: Run, finding: Finding | null): boolean {
  const into = finding?.runs[0];
  return finding !== null && into !== undefined && isSameRouting(into, head) && isConfirmed(finding);
}

/** Destination of a run, with who is there. */
export function toDestination(run: Run, known: Ownership): Destination {
  const { pod, workload, owner } = describePlace(run.local, run.first, known);
  return { address: run.local.key, ip: run.local.ip, port: run.local.port, pod, workload, owner };
}

function toRouting(run: Run): Routing {
  return { state: run.state, upstream_cluster: run.name, upstream_hosts: run.hosts };
}
