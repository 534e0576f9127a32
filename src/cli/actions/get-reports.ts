/** `meshwake get reports`: reports that a server made, and what became of their deliveries. */
import { AppError } from '../../domain/errors.ts';
import { parseLimit } from '../../domain/filter.ts';
import type { ReportItem } from '../../domain/report-items.ts';
import type { Page } from '../../domain/resources.ts';
import { PLAIN_LOOKS, renderReport } from '../../output/report/render-report.ts';
import { reportCells, reportCsvHeader, reportCsvRow } from '../../output/report-columns.ts';
import { formatTable } from '../../output/table.ts';
import { formatJson } from '../../output/terminal.ts';
import { filtersOf } from '../flags.ts';
import type { GetFlags } from '../get-flags.ts';
import { note, print, widthOf } from '../io.ts';
import { openSource } from '../open-source.ts';
import { type Session, stdoutPaint } from '../session.ts';
import type { Source } from '../source.ts';
import { targetOf } from '../target-flags.ts';

/** Errors: `usage` for filters, which are of what reports are made of, and for paging with an id. */
export async function getReports(id: string | null, flags: GetFlags, session: Session): Promise<void> {
  const { io } = session;
  const [filter] = Object.keys(filtersOf({ ...flags }));
  if (filter !== undefined)
    throw new AppError('usage', `cannot use filter "${filter}" with reports: expected --schedule, or none`);
  if (id !== null && (flags.limit ?? flags.cursor ?? flags.schedule) !== undefined)
    throw new AppError(
      'usage',
      'cannot use --schedule, --limit or --cursor with an id: an id names one item',
    );
  const { target, token } = await targetOf(flags, io);
  const source = await openSource(target, io, token);
  try {
    await (id === null ? printList(flags, source, session) : printOne(id, flags, source, session));
  } finally {
    await source.close();
  }
}

/** As people read it, unless a form for programs is asked for. */
async function printOne(id: string, { output }: GetFlags, source: Source, session: Session): Promise<void> {
  const { io } = session;
  const whole = await source.keptReport(id);
  switch (output) {
    case 'json':
      return print(io, `${formatJson(whole, 2)}\n`);
    case 'ndjson':
      return print(io, `${formatJson(whole)}\n`);
    case 'csv':
      return print(io, reportCsvHeader() + reportCsvRow(whole));
    default: {
      const looks = { ...PLAIN_LOOKS, paint: stdoutPaint(session), width: widthOf(io) };
      return print(io, renderReport(whole.report, 'text', looks));
    }
  }
}

async function printList(flags: GetFlags, source: Source, { io }: Session): Promise<void> {
  const { output, schedule = null } = flags;
  const isStream = output === 'ndjson' || output === 'csv';
  const limit = flags.limit === undefined && isStream ? null : parseLimit(flags.limit);
  if (isStream) return printAll(flags, limit, source, io);
  const page = { limit: limit ?? parseLimit(undefined), cursor: flags.cursor ?? null };
  const { items, next_cursor } = await source.keptReports(schedule, page);
  if (output === 'json') return print(io, `${formatJson({ items, next_cursor }, 2)}\n`);
  if (items.length === 0)
    return note(io, 'no reports found: `meshwake serve --config FILE` makes them on a schedule');
  const { columns, rows } = reportCells(items, output);
  await print(io, `${formatTable(columns, rows)}\n`);
  if (next_cursor !== null) note(io, `more follow: --cursor ${next_cursor}, or -o ndjson for all`);
}

/** Reports asked for at once where all are wanted. */
const PAGE_ITEMS = 1_000;

async function printAll(
  flags: GetFlags,
  limit: number | null,
  source: Source,
  io: Session['io'],
): Promise<void> {
  const { output, schedule = null, cursor = null } = flags;
  if (output === 'csv') await print(io, reportCsvHeader());
  let left = limit ?? Number.POSITIVE_INFINITY;
  for (let at: string | null = cursor; left > 0; ) {
    const page: Page<ReportItem> = await source.keptReports(schedule, {
      limit: Math.min(left, PAGE_ITEMS),
      cursor: at,
    });
    const rows = page.items.map((item) => (output === 'csv' ? reportCsvRow(item) : `${formatJson(item)}\n`));
    await print(io, rows.join(''));
    left -= page.items.length;
    at = page.next_cursor;
    if (at === null) return;
  }
}
