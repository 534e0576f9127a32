/** `meshwake get coverage`: one answer instead of a list, with the pods as its rows. */
import { parseLimit } from '../../domain/filter.ts';
import { podCsvHeader, podCsvRow } from '../../output/coverage-columns.ts';
import { buildCoverage } from '../../output/report/coverage.ts';
import { renderText } from '../../output/report/text.ts';
import { formatJson } from '../../output/terminal.ts';
import type { GetFlags } from '../get-flags.ts';
import { print, widthOf } from '../io.ts';
import { answerOne } from '../one-answer.ts';
import { type Session, stdoutPaint } from '../session.ts';
import type { FilterTexts, Source } from '../source.ts';

/** Errors: `usage` for an id or a cursor, `bad_parameter` for filters that it cannot be narrowed by. */
export async function getCoverage(id: string | null, flags: GetFlags, session: Session): Promise<void> {
  const limit = flags.limit === undefined ? null : parseLimit(flags.limit);
  await answerOne('coverage', id, flags, session, (source, filters) =>
    printCoverage({ filters, limit, form: flags.output }, source, session),
  );
}

interface Asked {
  readonly filters: FilterTexts;
  readonly limit: number | null;
  readonly form: GetFlags['output'];
}

async function printCoverage(
  { filters, limit, form }: Asked,
  source: Source,
  session: Session,
): Promise<void> {
  const { io } = session;
  if (form === 'csv' || form === 'ndjson') {
    if (form === 'csv') await print(io, podCsvHeader());
    for await (const pod of source.coveragePods(filters, limit)) {
      await print(io, form === 'csv' ? podCsvRow(pod) : `${formatJson(pod)}\n`);
    }
    return;
  }
  const coverage = await source.coverage(filters, limit ?? parseLimit(undefined));
  await print(
    io,
    form === 'json'
      ? `${formatJson(coverage, 2)}\n`
      : renderText(buildCoverage(coverage, form), stdoutPaint(session), widthOf(io)),
  );
}
