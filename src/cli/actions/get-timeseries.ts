/** `meshwake get timeseries`: a row for each point, or the document of the API. */
import { parseLimit } from '../../domain/filter.ts';
import { parseTimeseries } from '../../domain/timeseries.ts';
import { formatTable } from '../../output/table.ts';
import { formatJson } from '../../output/terminal.ts';
import { pointCells, pointCsvHeader, pointCsvRow, pointsOf } from '../../output/timeseries-rows.ts';
import type { GetFlags } from '../get-flags.ts';
import { note, print } from '../io.ts';
import { nothingFound } from '../nothing-found.ts';
import { answerOne } from '../one-answer.ts';
import { printRows } from '../print-rows.ts';
import type { Session } from '../session.ts';

/** Errors: as `answerOne`; `bad_parameter` for the metric, the step and the groups. */
export async function getTimeseries(id: string | null, flags: GetFlags, session: Session): Promise<void> {
  const { io } = session;
  const limit = parseLimit(flags.limit);
  const { metric, step, groupBy } = flags;
  const texts = { metric, step, groupBy };
  const question = parseTimeseries(texts, limit);
  await answerOne('timeseries', id, flags, session, async (source, filters) => {
    const series = await source.timeseries(filters, texts, limit);
    if (series.series_total > series.series.length) {
      note(io, `the ${series.series.length} largest of ${series.series_total} series: --limit for more`);
    }
    switch (flags.output) {
      case 'json':
        return print(io, `${formatJson(series, 2)}\n`);
      case 'ndjson':
        return printRows(pointsOf(series), (row) => `${formatJson(row)}\n`, io);
      case 'csv':
        await print(io, pointCsvHeader(question.groupBy));
        return printRows(pointsOf(series), pointCsvRow(question.groupBy), io);
      default: {
        if (series.series.length === 0) return note(io, await nothingFound('timeseries', filters, source));
        const { columns, rows } = pointCells(series, question.groupBy);
        return print(io, `${formatTable(columns, rows)}\n`);
      }
    }
  });
}
