/** The denominators: what was read, what was refused and why, what could be paired, whose logs are missing. */
import type { Summary } from '../../domain/queries.ts';
import type { IngestTally } from '../../domain/resources.ts';
import { count, formatCount, humanTime, say, type Text } from '../text.ts';
import type { Block, LogReport } from './document.ts';

/** Reasons and pods shown; all are counted. */
const REJECT_ROWS_MAX = 10;

/** Characters of a rejected line that are shown. */
const SAMPLE_CHARACTERS_MAX = 60;

/** What was read, as facts, then the rejected lines by reason and pod. */
export function countBlocks({ tally, summary }: LogReport): Block[] {
  return [{ kind: 'facts', rows: countRows(tally, summary) }, ...rejectTable(summary)];
}

/** `14 lines read: 12 accepted, 0 duplicates, 2 skipped (no access log), 0 rejected`. */
export function tallySentence(tally: IngestTally): string {
  return (
    `${count(tally.received, 'line')} read: ${formatCount(tally.accepted)} accepted, ` +
    `${count(tally.duplicates, 'duplicate')}, ${formatCount(tally.skipped)} skipped (no access log), ` +
    `${formatCount(tally.rejected)} rejected`
  );
}

function countRows(tally: IngestTally, summary: Summary): { label: string; text: Text }[] {
  const lines = { label: 'Lines', text: [tallySentence(tally)] };
  if (summary.lines === 0) return [lines];
  const rows = [
    lines,
    { label: 'Connections', text: [connections(summary)] },
    {
      label: 'Pods',
      text: [
        `${formatCount(summary.pods_read)} read, ${formatCount(summary.pods_only_peers)} known only as peers`,
      ],
    },
    { label: 'Routing', text: [`${count(summary.routes, 'route')}, ${count(summary.shifts, 'shift')}`] },
  ];
  const window = timeWindow(summary);
  return window === null ? rows : [...rows, { label: 'Time', text: [window] }];
}

/** Of a connection that has several lines the last one is the connection; those before it are told apart. */
function connections(summary: Summary): string {
  const { lines, outbound, inbound, unknown_direction } = summary;
  const before = lines - outbound - inbound - unknown_direction;
  return (
    `${count(lines, 'access-log line')}: ${formatCount(outbound)} outbound, ` +
    `${formatCount(inbound)} inbound, ${formatCount(unknown_direction)} of unknown direction` +
    `${before > 0 ? `, ${formatCount(before)} written while their connections were open` : ''}; ` +
    `${formatCount(summary.http)} HTTP; ${count(summary.pairs, 'pair')}`
  );
}

function timeWindow({ first_seen, last_seen }: Summary): string | null {
  return first_seen === null || last_seen === null
    ? null
    : `${humanTime(first_seen)} to ${humanTime(last_seen)}`;
}

function rejectTable({ rejects }: Summary): Block[] {
  if (rejects.length === 0) return [];
  const rows = rejects
    .slice(0, REJECT_ROWS_MAX)
    .map((reject): readonly Text[] => [
      [reject.reason],
      reject.pod === null ? ['<none>'] : say`${reject.pod}`,
      [formatCount(reject.lines)],
      say`${reject.sample.slice(0, SAMPLE_CHARACTERS_MAX)}`,
    ]);
  return [{ kind: 'table', columns: ['REJECTED', 'POD', 'LINES', 'FOR EXAMPLE'], rows }];
}
