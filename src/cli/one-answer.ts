/** What `get` does for questions with one answer: the same checks, and the source opened and closed. */
import { AppError } from '../domain/errors.ts';
import { parseFilterOf } from '../domain/filter-scope.ts';
import { filtersOf, noteUnknownFlags } from './flags.ts';
import type { GetFlags } from './get-flags.ts';
import { interruptOf } from './io.ts';
import { openSource } from './open-source.ts';
import type { Session } from './session.ts';
import type { FilterTexts, Source } from './source.ts';
import { targetOf } from './target-flags.ts';

/** Errors: `usage` for an id or a cursor, `bad_parameter` for filters that it cannot be narrowed by. */
export async function answerOne(
  what: 'coverage' | 'topology' | 'timeseries',
  id: string | null,
  flags: GetFlags,
  session: Session,
  print: (source: Source, filters: FilterTexts) => Promise<void>,
): Promise<void> {
  const { io } = session;
  if (id !== null || flags.cursor !== undefined) {
    throw new AppError('usage', `cannot use an id or --cursor with ${what}: it is one answer, not a list`);
  }
  const filters = filtersOf({ ...flags });
  // Wrong filters are wrong wherever the data is.
  parseFilterOf(what, filters, io.now());
  noteUnknownFlags(io, filters);
  const { target, token } = await targetOf(flags, io);
  const source = await openSource(target, io, token);
  try {
    await print(source, filters);
  } finally {
    await source.close();
  }
  const interrupt = interruptOf(io);
  if (interrupt !== null) session.setExit(interrupt.exit);
}
