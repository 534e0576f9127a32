/** `meshwake get`: lists what is known. */
import { AppError } from '../../domain/errors.ts';
import { parseLimit } from '../../domain/filter.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import { csvHeader, csvRow, type ResourceName, type ResourceTypes, tableOf } from '../../output/columns.ts';
import { judgedSentence } from '../../output/judged.ts';
import { formatTable } from '../../output/table.ts';
import { formatJson } from '../../output/terminal.ts';
import { filtersOf, noteUnknownFlags } from '../flags.ts';
import type { GetFlags as Flags, Output } from '../get-flags.ts';
import { type Io, interruptOf, note, print } from '../io.ts';
import { nothingFound } from '../nothing-found.ts';
import { openSource } from '../open-source.ts';
import type { Resource } from '../resource.ts';
import type { Session } from '../session.ts';
import type { FilterTexts, Source } from '../source.ts';
import { targetOf } from '../target-flags.ts';
import { getEvidence } from './get-evidence.ts';

/** Characters written at once where everything is written out. */
const PRINTED_PIECE = 65_536;

/** Errors: `usage` for flags that are of something else. */
export async function answer(
  resource: Resource,
  id: string | null,
  flags: Flags,
  session: Session,
): Promise<void> {
  if (resource !== 'timeseries') refuseSeriesFlags(resource, flags);
  if (resource !== 'reports' && flags.schedule !== undefined)
    throw new AppError('usage', `cannot use --schedule with ${resource}: it is of \`get reports\``);
  if (flags.evidence === true && resource !== 'incidents') return getEvidence(resource, id, flags, session);
  switch (resource) {
    case 'coverage':
      return (await import('./get-coverage.ts')).getCoverage(id, flags, session);
    case 'topology':
      return (await import('./get-topology.ts')).getTopology(id, flags, session);
    case 'timeseries':
      return (await import('./get-timeseries.ts')).getTimeseries(id, flags, session);
    case 'reports':
      return (await import('./get-reports.ts')).getReports(id, flags, session);
    default:
      return get(resource, id, flags, session);
  }
}

/** Errors: `usage`. */
function refuseSeriesFlags(resource: Resource, { metric, step, groupBy }: Flags): void {
  if (metric === undefined && step === undefined && groupBy === undefined) return;
  throw new AppError(
    'usage',
    `cannot use --metric, --step or --group-by with ${resource}: they are of \`get timeseries\``,
  );
}

async function get(resource: ResourceName, id: string | null, flags: Flags, session: Session): Promise<void> {
  const { io } = session;
  const filters = filtersOf({ ...flags });
  if (
    id !== null &&
    (Object.keys(filters).length > 0 || flags.limit !== undefined || flags.cursor !== undefined)
  ) {
    throw new AppError('usage', 'cannot use filters, --limit or --cursor with an id: an id names one item');
  }
  if (flags.evidence === true) return getEvidence(resource, id, flags, session);
  const limit = flags.limit === undefined ? null : parseLimit(flags.limit);
  // Wrong filters are wrong wherever the data is.
  parseFilterOf(resource, filters, io.now());
  noteUnknownFlags(io, filters);
  const { target, token } = await targetOf(flags, io);
  const source = await openSource(target, io, token);
  try {
    if (id !== null) await printOne(resource, id, flags.output, source, io);
    else if (flags.output === 'ndjson' || flags.output === 'csv') {
      await printAll(
        resource,
        { filters, limit, cursor: flags.cursor ?? null, form: flags.output },
        source,
        io,
      );
    } else {
      await printPage(
        resource,
        { filters, limit, cursor: flags.cursor ?? null, form: flags.output },
        source,
        io,
      );
    }
  } finally {
    await source.close();
  }
  const interrupt = interruptOf(io);
  if (interrupt !== null) session.setExit(interrupt.exit);
}

async function printOne<K extends ResourceName>(
  resource: K,
  id: string,
  form: Output,
  source: Source,
  io: Io,
): Promise<void> {
  const item = await source.get(resource, id);
  switch (form) {
    case 'json':
      return print(io, `${formatJson(item, 2)}\n`);
    case 'ndjson':
      return print(io, `${formatJson(item)}\n`);
    case 'csv':
      return print(io, csvHeader(resource) + csvRow(resource, item));
    default:
      return printTable(resource, [item], form, io);
  }
}

interface Listing<F extends Output> {
  readonly filters: FilterTexts;
  readonly limit: number | null;
  readonly cursor: string | null;
  readonly form: F;
}

async function printPage<K extends ResourceName>(
  resource: K,
  listing: Listing<'table' | 'wide' | 'json'>,
  source: Source,
  io: Io,
): Promise<void> {
  const limit = listing.limit ?? parseLimit(undefined);
  const page = await source.list(resource, listing.filters, { limit, cursor: listing.cursor });
  if (listing.form === 'json') return print(io, `${formatJson(page, 2)}\n`);
  if (page.items.length > 0) await printTable(resource, page.items, listing.form, io);
  if (page.judged !== undefined) note(io, judgedSentence(page.items.length, page.judged));
  else if (page.items.length === 0) note(io, await nothingFound(resource, listing.filters, source));
  if (page.next_cursor !== null) note(io, `more follow: --cursor ${page.next_cursor}, or -o ndjson for all`);
}

/** Piece by piece, so that memory does not grow with the result. */
async function printAll<K extends ResourceName>(
  resource: K,
  listing: Listing<'ndjson' | 'csv'>,
  source: Source,
  io: Io,
): Promise<void> {
  if (listing.form === 'csv') await print(io, csvHeader(resource));
  let piece = '';
  for await (const item of source.each(resource, listing.filters, listing)) {
    piece += formatItem(resource, item, listing.form);
    if (piece.length < PRINTED_PIECE) continue;
    await print(io, piece);
    piece = '';
    if (io.interrupted.aborted) return;
  }
  await print(io, piece);
}

function formatItem<K extends ResourceName>(
  resource: K,
  item: ResourceTypes[K],
  form: 'ndjson' | 'csv',
): string {
  return form === 'csv' ? csvRow(resource, item) : `${formatJson(item)}\n`;
}

async function printTable<K extends ResourceName>(
  resource: K,
  items: readonly ResourceTypes[K][],
  form: 'table' | 'wide',
  io: Io,
): Promise<void> {
  const { columns, rows } = tableOf(resource, items, form);
  await print(io, `${formatTable(columns, rows)}\n`);
}
