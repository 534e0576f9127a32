/** The denominators of every finding: what was read, and how much of it could be judged. */
import type { LineReader } from '../domain/ports.ts';
import type { Summary } from '../domain/queries.ts';
import { formatTime } from '../domain/time.ts';
import { wholeCoverage } from './coverage.ts';
import type { Facts } from './legs.ts';
import type { Model } from './model.ts';
import { connectionsOf } from './shape-model.ts';

/** Counts the lines by what they are, and tells which pods were read and which were only talked to. */
export async function summarize(model: Model, reader: LineReader): Promise<Summary> {
  const counts = await reader.counts();
  const { pairing, peers_total, rejects } = await wholeCoverage(model, reader);
  const { shapes, pods } = model.known;
  const sizes = [...shapes].map((shape) => ({ facts: shape.facts, connections: connectionsOf(shape) }));
  const sum = (matches: (facts: Facts) => boolean): number =>
    sizes.reduce((total, { facts, connections }) => (matches(facts) ? total + connections : total), 0);
  return {
    first_seen: model.first === null ? null : formatTime(model.first),
    last_seen: model.lastStart === null ? null : formatTime(model.lastStart),
    lines: counts.lines,
    outbound: sum(({ direction }) => direction === 'outbound'),
    inbound: sum(({ direction }) => direction === 'inbound'),
    unknown_direction: sum(({ direction }) => direction === 'unknown'),
    http: sum(({ shape }) => shape.http),
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
