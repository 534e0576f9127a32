/** Flows that a store hands over as numbers, as objects. */
import * as at from '../../src/domain/flow-numbers.ts';
import type { Flow, ShapeFlows } from '../../src/domain/ports.ts';

export function flowsOfShape({ shape, length, numbers }: ShapeFlows): Flow[] {
  return Array.from({ length }, (_, i) => {
    const read = (place: number): number => numbers[i * at.FLOW_NUMBERS + place] ?? Number.NaN;
    return {
      shape,
      hour: read(at.HOUR),
      connections: read(at.CONNECTIONS),
      bytes_received: read(at.RECEIVED),
      bytes_sent: read(at.SENT),
      first: read(at.FIRST),
      last: read(at.LAST),
      end: read(at.END),
      duration_min: read(at.SHORTEST),
      duration_max: read(at.LONGEST),
      paired: read(at.PAIRED),
      ambiguous: read(at.AMBIGUOUS),
    };
  });
}
