/** Stored lines as connections: direction, routing and partner. */

import { type Direction, directionOf } from '../domain/direction.ts';
import { endTime, isHttp } from '../domain/entry.ts';
import type { StoredLine } from '../domain/ports.ts';
import type { Connection, State } from '../domain/resources.ts';
import { formatTime, HOUR_MS } from '../domain/time.ts';
import { workloadOf } from '../domain/workload.ts';
import { judgementAt, type LineModel } from './model.ts';
import { judgePairing } from './verdicts.ts';

/** The public form of a line. */
export function toConnection(line: StoredLine, model: LineModel): Connection {
  const { entry, identity } = line;
  const { start_time, attributes, ...fields } = entry;
  const end = endTime(entry);
  const direction = directionOfLine(line, model);
  return {
    id: line.id,
    ...identity,
    workload: identity.pod === null ? null : workloadOf(identity.pod),
    direction,
    kind: isHttp(entry) ? 'http' : 'tcp',
    format: line.format,
    envelope: line.envelope,
    start_time: formatTime(start_time),
    end_time: end === null ? null : formatTime(end),
    ...fields,
    attributes,
    state: stateOfLine(line, model),
    pairing: judgePairing(line, model),
    hops: null,
  };
}

/** Direction of a line, by its pod's own addresses where the line alone does not tell. */
export function directionOfLine(line: StoredLine, model: LineModel): Direction {
  return model.shapes.get(line.shapeId)?.facts.direction ?? directionOf(line.entry);
}

/** State of a line at its start; null on lines that are no outbound TCP. */
export function stateOfLine(line: StoredLine, model: LineModel): State | null {
  const shape = model.shapes.get(line.shapeId);
  if (shape === undefined) {
    return directionOf(line.entry) === 'outbound' && !isHttp(line.entry) ? 'unknown' : null;
  }
  if (shape.facts.direction !== 'outbound') return null;
  const hour = Math.floor(line.entry.start_time / HOUR_MS);
  return judgementAt(model, shape, hour)?.state ?? null;
}
