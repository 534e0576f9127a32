/** `meshwake get coverage`: one answer instead of a list, with the pods as its rows. */
import { AppError } from '../../domain/errors.ts';
import { parseLimit } from '../../domain/filter.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import { podCsvHeader, podCsvRow } from '../../output/coverage-columns.ts';
import { buildCoverage } from '../../output/report/coverage.ts';
import { renderText } from '../../output/report/text.ts';
import { formatJson } from '../../output/terminal.ts';
import { filtersOf, noteUnknownFlags } from '../flags.ts';
import type { GetFlags } from '../get-flags.ts';
import { interruptOf, print, widthOf } from '../io.ts';
import { openSource } from '../open-source.ts';
import { type Session, stdoutPaint } from '../session.ts';
import type { FilterTexts, Source } from '../source.ts';
import { targetOf } from '../target-flags.ts';

/** Errors: `usage` for an id or a cursor, `bad_parameter` for filters that it cannot be narrowed by. */
export async function getCoverage(id: string | null, flags: GetFlags, session: Session): Promise<void> {
  const { io } = session;
  if (id !== null || flags.cursor !== undefined) {
    throw new AppError('usage', 'cannot use an id or --cursor with coverage: it is one answer, not a list');
  }
  const filters = filtersOf({ ...flags });
  const limit = flags.limit === undefined ? null : parseLimit(flags.limit);
  // Wrong filters are wrong wherever the data is.
  parseFilterOf('coverage', filters, io.now());
  noteUnknownFlags(io, filters);
  const { target, token } = await targetOf(flags, io);
  const source = await openSource(target, io, token);
  try {
    await printCoverage({ filters, limit, form: flags.output }, source, session);
  } finally {
    await source.close();
  }
  const interrupt = interruptOf(io);
  if (interrupt !== null) session.setExit(interrupt.exit);
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
