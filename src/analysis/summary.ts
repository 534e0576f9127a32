/** The denominators of every finding: what was read, and how much of it could be judged. */
import type { LineReader } from '../domain/ports.ts';
import type { Summary } from '../domain/queries.ts';
import { formatTime } from '../domain/time.ts';
import { wholeCoverage } from './coverage.ts';
import type { Leg } from './legs.ts';
import type { Model } from './model.ts';

/** Counts the lines by what they are, and tells which pods were read and which were only talked to. */
export async function summarize(model: Model, reader: LineReader): Promise<Summary> {
  const counts = await reader.counts();
  const { pairing, peers_total, rejects } = await wholeCoverage(model, reader);
  const { legs, pods } = model.known;
  const sum = (matches: (leg: Leg) => boolean): number =>
    legs.reduce((total, leg) => (matches(leg) ? total + leg.flow.connections : total), 0);
  const lastStart = legs.reduce((last, leg) => Math.max(last, leg.flow.last), Number.NEGATIVE_INFINITY);
  return {
    first_seen: model.first === null ? null : formatTime(model.first),
    last_seen: legs.length === 0 ? null : formatTime(lastStart),
    lines: counts.lines,
    outbound: sum((leg) => leg.facts.direction === 'outbound'),
    inbound: sum((leg) => leg.facts.direction === 'inbound'),
    unknown_direction: sum((leg) => leg.facts.direction === 'unknown'),
    http: sum((leg) => leg.flow.shape.http),
    pairs: counts.pairs,
    joinable: pairing.joinable,
    routes: model.runs.length,
    shifts: model.shifts.length,
    incidents: model.findings.length,
    pods_read: [...pods.writers.values()].filter((writer) => writer.source.pod !== null).length,
    pods_only_peers: peers_total,
    rejects: rejects.map(({ reason, pod, lines, sample }) => ({ reason, pod, lines, sample })),
  };
}
