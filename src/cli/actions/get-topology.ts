/** `meshwake get topology`: its edges as rows, or the document of the API. */
import { parseLimit } from '../../domain/filter.ts';
import { EDGES_DEFAULT } from '../../domain/limits.ts';
import { formatTable } from '../../output/table.ts';
import { formatJson } from '../../output/terminal.ts';
import { edgeCells, edgeCsvHeader, edgeCsvRow, namedEdges } from '../../output/topology-rows.ts';
import type { GetFlags } from '../get-flags.ts';
import { note, print } from '../io.ts';
import { nothingFound } from '../nothing-found.ts';
import { answerOne } from '../one-answer.ts';
import { printRows } from '../print-rows.ts';
import type { Session } from '../session.ts';

/** Errors: as `answerOne`. */
export async function getTopology(id: string | null, flags: GetFlags, session: Session): Promise<void> {
  const { io } = session;
  const limit = flags.limit === undefined ? EDGES_DEFAULT : parseLimit(flags.limit);
  await answerOne('topology', id, flags, session, async (source, filters) => {
    const topology = await source.topology(filters, limit);
    if (topology.edges_total > topology.edges.length) {
      note(io, `the ${topology.edges.length} largest of ${topology.edges_total} edges: --limit for more`);
    }
    switch (flags.output) {
      case 'json':
        return print(io, `${formatJson(topology, 2)}\n`);
      case 'ndjson':
        return printRows(namedEdges(topology), (edge) => `${formatJson(edge)}\n`, io);
      case 'csv':
        await print(io, edgeCsvHeader());
        return printRows(namedEdges(topology), edgeCsvRow, io);
      default: {
        if (topology.edges.length === 0) return note(io, await nothingFound('connections', filters, source));
        const { columns, rows } = edgeCells(namedEdges(topology), flags.output);
        return print(io, `${formatTable(columns, rows)}\n`);
      }
    }
  });
}
