/** What a store would answer if it held the lines of some shapes alone. */
import type { LineQuery, LineReader, StoredLine, TimedPair } from '../../domain/ports.ts';
import type { LineModel } from '../model.ts';

/** A reader of the lines of `shapes`, as the model knows them. It holds as long as the model does. */
export function subsetReader(
  reader: LineReader,
  model: Pick<LineModel, 'shapes'>,
  shapes: ReadonlySet<number>,
): LineReader {
  const flows = [...shapes].flatMap((id) => model.shapes.get(id)?.legs.map((leg) => leg.flow) ?? []);
  const within = ({ shapes: asked, ...query }: LineQuery): LineQuery => ({
    ...query,
    shapes: asked === null ? shapes : new Set([...asked].filter((id) => shapes.has(id))),
  });
  return {
    version: () => reader.version(),
    flows: async () => flows,
    changedFlows: async () => ({ version: reader.version(), whole: true, flows }),
    measures: (query) => reader.measures(query),
    lines: (query) => reader.lines(within(query)),
    line: async (id) => heldLine(await reader.line(id), shapes),
    pairs: async (query) => (await reader.pairs(within(query))).filter((pair) => isHeld(pair, shapes)),
    timedPairs: async (query) =>
      (await reader.timedPairs(within(query))).filter((pair) => isHeld(pair, shapes)),
    pair: async (id) => {
      const pair = await reader.pair(id);
      return pair !== null && isHeld(pair, shapes) ? pair : null;
    },
    rejects: async () => [],
    counts: () => reader.counts(),
  };
}

function heldLine(line: StoredLine | null, shapes: ReadonlySet<number>): StoredLine | null {
  return line !== null && shapes.has(line.shapeId) ? line : null;
}

function isHeld({ outbound, inbound }: TimedPair, shapes: ReadonlySet<number>): boolean {
  return shapes.has(outbound.shapeId) && shapes.has(inbound.shapeId);
}
