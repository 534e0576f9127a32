/** Whether a row of a segment may be asked for, told from its numbers before anything is made of it. */
import { NO_PORT } from '../../../domain/address.ts';
import { PORT_BASE } from '../rows.ts';
import { SIDES } from './levels.ts';
import { COLUMN, type Segment } from './segment.ts';

/** Larger ids of shapes are looked for in their set. */
const MARKED_SHAPES_MAX = 4_194_304;

/**
 * Shape of the result: true where a line of the row has one of the shapes, and one of them one of the ports of clients.
 * `shapes`: null for all. `ports`: as `connection` has them; none where they do not matter.
 */
export function prepareIsAsked(
  shapes: ReadonlySet<number> | null,
  ports: readonly number[],
): (segment: Segment, place: number) => boolean {
  const hasShape = shapes === null ? null : prepareHas(shapes);
  const called = new Set(ports.map((port) => port + PORT_BASE));
  return (segment, place) => {
    if (called.size > 0 && !isCalling(segment, place, called)) return false;
    return (
      hasShape === null ||
      hasShape(segment.number(COLUMN.clientShape, place)) ||
      hasShape(segment.number(COLUMN.serverShape, place))
    );
  };
}

function isCalling(segment: Segment, place: number, ports: ReadonlySet<number>): boolean {
  if (ports.has(segment.number(COLUMN.clientDownstream, place))) return true;
  const port = segment.number(COLUMN.serverDownstream, place);
  if (Number.isNaN(port)) return false;
  if (segment.sides === SIDES.server) return ports.has(port);
  const upstream = segment.number(COLUMN.clientUpstream, place);
  return ports.has(port + (Number.isNaN(upstream) ? NO_PORT : upstream));
}

/** Quicker than the set, which many rows are held against. */
function prepareHas(shapes: ReadonlySet<number>): (shape: number) => boolean {
  let largest = 0;
  for (const shape of shapes) largest = Math.max(largest, shape);
  if (largest >= MARKED_SHAPES_MAX) return (shape) => shapes.has(shape);
  const marked = new Uint8Array(largest + 1);
  for (const shape of shapes) marked[shape] = 1;
  return (shape) => marked[shape] === 1;
}
