/** What could not be seen, for people: what has no partner and why, which logs have holes, which are not here. */
import type { Coverage, CoverageNote, CoveragePod } from '../../domain/coverage.ts';
import type { Cells } from '../column.ts';
import { peerCells, podCells, remarksOf } from '../coverage-columns.ts';
import { count, formatCount, humanTime, listNames, say, share, type Text } from '../text.ts';
import { type Block, heading, paragraph } from './document.ts';

/** Rows of each table in a report; `get coverage` has all of them. */
const ROWS_MAX = 10;
const REASONS_MAX = 3;
const COMMANDS_MAX = 5;
/** Characters of a rejected line that are shown. */
const SAMPLE_CHARACTERS_MAX = 60;

/** The section of a report: figures, then the logs that have something wrong with them, then what to read next. */
export function coverageSection(coverage: Coverage): Block[] {
  if (coverage.lines.total === 0) return [];
  const odd = coverage.pods.filter((pod) => remarksOf(pod).length > 0);
  return [
    { kind: 'facts', rows: pairingRows(coverage) },
    ...oddLogs(odd),
    ...commands(coverage, COMMANDS_MAX),
    noteList(coverage.notes),
  ];
}

/** All of it: the answer to `get coverage`. */
export function buildCoverage(coverage: Coverage, form: 'table' | 'wide'): Block[] {
  const { pods, pods_total, peers, peers_total, notes } = coverage;
  return [
    { kind: 'facts', rows: [...lineRows(coverage), ...pairingRows(coverage)] },
    ...section('Pods', podCells(pods, form), pods_total),
    ...section('Known only from the lines of others', peerCells(peers, form), peers_total),
    ...commands(coverage, Number.POSITIVE_INFINITY),
    ...section('Rejected', rejectCells(coverage), coverage.rejects.length),
    ...(notes.length === 0 ? [] : [heading(2, 'Notes'), noteList(notes)]),
  ];
}

type Row = { readonly label: string; readonly text: Text };

function lineRows({ lines, first_seen, last_seen }: Coverage): Row[] {
  const sorts = [
    `${formatCount(lines.outbound)} outbound`,
    `${formatCount(lines.inbound)} inbound`,
    `${formatCount(lines.unknown_direction)} of unknown direction; ${formatCount(lines.http)} HTTP`,
  ];
  const row = { label: 'Lines', text: [`${formatCount(lines.total)}: ${sorts.join(', ')}`] };
  if (first_seen === null || last_seen === null) return [row];
  return [row, { label: 'Time', text: [`${humanTime(first_seen)} to ${humanTime(last_seen)}`] }];
}

/** Whatever has no partner, with what it is a part of. */
function pairingRows({ pairing }: Coverage): Row[] {
  const { joinable, paired, ambiguous, pending, unexplained, expected_unmatched } = pairing;
  const rest: ReadonlyArray<readonly [label: string, lines: number, meaning: string]> = [
    ['Ambiguous', ambiguous, 'with several possible partners, so that none was taken'],
    ['Pending', pending, 'whose partner may still come'],
  ];
  return [
    { label: 'Paired', text: [`${share(paired, joinable)} lines that should have a partner`] },
    {
      label: 'Unexplained',
      text: [`${share(unexplained, joinable)}, without a partner and without a reason`],
    },
    ...rest
      .filter(([, lines]) => lines > 0)
      .map(([label, lines, meaning]) => ({ label, text: [`${share(lines, joinable)}, ${meaning}`] })),
    ...(expected_unmatched === 0 ? [] : [{ label: 'Alone', text: [alone(pairing)] }]),
  ];
}

/** Lines that need no partner, with the reasons that most of them have. */
function alone({ expected_unmatched, reasons }: Coverage['pairing']): string {
  const shown = reasons.slice(0, REASONS_MAX);
  const others = reasons.slice(REASONS_MAX).reduce((sum, { lines }) => sum + lines, 0);
  const parts = shown.map(({ reason, lines }) => `${formatCount(lines)}: ${reason}`);
  if (others > 0) parts.push(`${formatCount(others)} for other reasons`);
  return `${count(expected_unmatched, 'line')} that can have no partner here (${parts.join('; ')})`;
}

function oddLogs(pods: readonly CoveragePod[]): Block[] {
  if (pods.length === 0) return [];
  const more = pods.length - ROWS_MAX;
  return [
    heading(3, 'Logs that are not whole'),
    { kind: 'list', items: pods.slice(0, ROWS_MAX).map(describeLog) },
    ...(more > 0 ? [paragraph(say`${more} more: see ${'meshwake get coverage'}.`)] : []),
  ];
}

function describeLog(pod: CoveragePod): Text {
  const name = pod.pod ?? pod.addresses[0] ?? 'a log without a name';
  const wrongs = [
    ...(pod.silent_since === null
      ? []
      : [`nothing after ${humanTime(pod.silent_since)}, although others show connections with it`]),
    ...pod.gaps.map(({ after, before, peer_lines }) =>
      after === null
        ? `nothing before ${humanTime(before)}, although others show ${count(peer_lines, 'connection')} with it`
        : `nothing between ${humanTime(after)} and ${humanTime(before)}, although others show ${count(peer_lines, 'connection')} with it`,
    ),
    ...(pod.log_filtered
      ? [
          `${share(pod.peer_lines_missing, pod.peer_lines)} partners of others' lines are missing: it looks filtered`,
        ]
      : []),
    ...(pod.one_sided === null
      ? []
      : [`only ${pod.one_sided} lines, although others show connections the other way`]),
  ];
  return say`${name}: ${[wrongs.join('; ')]}`;
}

function commands({ read_next, peers_total, peers }: Coverage, most: number): Block[] {
  const shown = read_next.slice(0, most);
  if (shown.length === 0) return [];
  const lines = read_next.reduce((sum, each) => sum + each.lines, 0);
  const names = listNames(peers.map((peer) => peer.address));
  const width = Math.max(...shown.map(({ command }) => command.length));
  return [
    heading(3, 'What to read too'),
    paragraph(
      say`${[count(lines, 'line')]} point at ${[count(peers_total, 'pod')]} whose own log was not read: ${names}.`,
    ),
    {
      kind: 'code',
      language: 'console',
      text: shown
        .map(({ command, addresses, lines: waiting }) => {
          return `${command.padEnd(width)}  # ${count(addresses, 'address', 'addresses')}, ${count(waiting, 'line')}`;
        })
        .join('\n'),
    },
  ];
}

function noteList(notes: readonly CoverageNote[]): Block {
  return {
    kind: 'list',
    items: notes.map(({ text, lines }) => [`${text}${lines === null ? '' : ` (${count(lines, 'line')})`}.`]),
  };
}

function rejectCells({ rejects }: Coverage): Cells {
  return {
    columns: ['REASON', 'POD', 'LINES', 'FOR EXAMPLE'],
    rows: rejects.map(({ reason, pod, lines, sample }) => [
      reason,
      pod ?? '<none>',
      formatCount(lines),
      sample.slice(0, SAMPLE_CHARACTERS_MAX),
    ]),
  };
}

function section(title: string, { columns, rows }: Cells, total: number): Block[] {
  if (rows.length === 0) return [];
  const more = total - rows.length;
  return [
    heading(2, title),
    { kind: 'table', columns, rows: rows.map((row) => row.map((cell) => say`${cell}`)) },
    ...(more > 0 ? [paragraph(say`${more} more: ask with a higher ${'--limit'}.`)] : []),
  ];
}
