import { Argument, Command, Option } from 'commander';
import { AppError } from '../../domain/errors.ts';
import { parseLimit } from '../../domain/filter.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import { PAGE_ITEMS_MAX } from '../../domain/limits.ts';
import { GROUPINGS, METRICS, STEP_DEFAULT } from '../../domain/timeseries.ts';
import {
  csvHeader,
  csvRow,
  RESOURCE_NAMES,
  type ResourceName,
  type ResourceTypes,
  tableOf,
} from '../../output/columns.ts';
import { judgedSentence } from '../../output/judged.ts';
import { formatTable } from '../../output/table.ts';
import { formatJson } from '../../output/terminal.ts';
import { addFilters, filtersOf, noteUnknownFlags, repeatableOption } from '../flags.ts';
import { type GetFlags as Flags, OUTPUTS, type Output } from '../get-flags.ts';
import { type Io, interruptOf, note, print } from '../io.ts';
import { nothingFound } from '../nothing-found.ts';
import { openSource } from '../open-source.ts';
import { describe, type Session } from '../session.ts';
import type { FilterTexts, Source } from '../source.ts';
import { addTargetOptions, targetOf } from '../target-flags.ts';
import { getCoverage } from './get-coverage.ts';
import { getEvidence } from './get-evidence.ts';
import { getReports } from './get-reports.ts';
import { getTimeseries } from './get-timeseries.ts';
import { getTopology } from './get-topology.ts';

const HELP = {
  summary:
    'List connections, pairs, routes, shifts, incidents, anomalies; tell what was not seen (coverage), who calls whom (topology), how much when (timeseries), which reports were made (reports)',
  examples: [
    ['meshwake get incidents', 'the worst first'],
    ['meshwake get shifts --since 1h --port 5701 -o wide', 'what changed for one port'],
    [
      'meshwake get connections --pod "web-*" --state captured -o csv > captured.csv',
      'all of them, for a spreadsheet',
    ],
    ['meshwake get pairs --server http://meshwake:8710 -o ndjson', 'all of them, from a server'],
    [
      'meshwake get incidents ID --evidence > evidence.json',
      'all that proves it, to be read by `meshwake analyze evidence.json`',
    ],
    ['meshwake get anomalies', 'what was unusual in the last day of the lines'],
    [
      'meshwake get reports --server http://meshwake:8710',
      'reports that a server made, and what became of them',
    ],
    ['meshwake get coverage --since 1d', 'lines without a partner, logs with holes; by whole hours'],
    ['meshwake get topology --namespace app', 'from workload to destination to cluster to workload'],
    [
      'meshwake get timeseries --metric duration_p95 --step 5m --group-by upstream_cluster -o csv',
      'how long connections took, five minutes at a time',
    ],
  ],
  exits: [],
} as const;

/** Characters written at once where everything is written out. */
const PRINTED_PIECE = 65_536;

/** What is one answer and no list, or has lists of its own. */
const ANSWERS = ['coverage', 'topology', 'timeseries', 'reports'] as const;
type Resource = ResourceName | (typeof ANSWERS)[number];

export function getCommand(session: Session): Command {
  const command = new Command('get')
    .addArgument(resourceArgument())
    .argument('[ID]', 'One of them, by its id');
  addTargetOptions(command);
  command
    .addOption(
      new Option('-o, --output <FORM>', 'ndjson and csv give everything that matches; of coverage, its pods')
        .choices(OUTPUTS)
        .default('table'),
    )
    .option('--limit <N>', `Items at most, up to ${PAGE_ITEMS_MAX} (default: 100; with ndjson and csv: all)`)
    .option('--cursor <TEXT>', 'Go on where a page ended: its next_cursor, with the same filters')
    .option('--metric <NAME>', `Of timeseries: ${METRICS.join(', ')} (default: connections)`)
    .option('--step <DURATION>', `Of timeseries: whole minutes, such as 5m, 1h (default: ${STEP_DEFAULT})`)
    .addOption(
      repeatableOption('--group-by <NAME>', `Of timeseries: a series for each ${GROUPINGS.join(', ')}`),
    );
  command.option('--schedule <NAME>', 'Of reports: only those of this schedule');
  command.option('--evidence', 'Of one incident: its lines, pairs and timeline, as one JSON document');
  addFilters(command);
  return describe(command, HELP).action((resource: Resource, id: string | undefined, flags: Flags) => {
    if (resource !== 'timeseries') refuseSeriesFlags(resource, flags);
    if (resource !== 'reports' && flags.schedule !== undefined)
      throw new AppError('usage', `cannot use --schedule with ${resource}: it is of \`get reports\``);
    if (flags.evidence === true && resource !== 'incidents')
      return getEvidence(resource, id ?? null, flags, session);
    switch (resource) {
      case 'coverage':
        return getCoverage(id ?? null, flags, session);
      case 'topology':
        return getTopology(id ?? null, flags, session);
      case 'timeseries':
        return getTimeseries(id ?? null, flags, session);
      case 'reports':
        return getReports(id ?? null, flags, session);
      default:
        return get(resource, id ?? null, flags, session);
    }
  });
}

/** Errors: `usage`. */
function refuseSeriesFlags(resource: Resource, { metric, step, groupBy }: Flags): void {
  if (metric === undefined && step === undefined && groupBy === undefined) return;
  throw new AppError(
    'usage',
    `cannot use --metric, --step or --group-by with ${resource}: they are of \`get timeseries\``,
  );
}

function resourceArgument(): Argument {
  return new Argument('<RESOURCE>', 'What to list').choices([...RESOURCE_NAMES, ...ANSWERS]);
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
