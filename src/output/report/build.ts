/** Decides what stands in a report, and in which order. */
import type { Shift } from '../../domain/resources.ts';
import { remarksOf } from '../coverage-columns.ts';
import { count, formatCount, humanTime } from '../text.ts';
import { countBlocks } from './counts.ts';
import { coverageSection } from './coverage.ts';
import { type Block, heading, type LogReport, paragraph } from './document.ts';
import { incidentBlocks } from './incident.ts';
import { shiftBlocks } from './shifts.ts';

/**
 * The whole report: findings first, denominators after, then what to run next.
 * Shape: `next` are commands; none leaves the section out.
 */
export function buildReport(report: LogReport, next: readonly string[]): Block[] {
  return [
    heading(1, title(report)),
    ...verdict(report),
    ...report.incidents.flatMap((incident) => incidentBlocks(incident, report.shifts)),
    ...otherShifts(report.shifts.filter((shift) => shift.incident_id === null)),
    heading(2, 'What was read'),
    ...countBlocks(report),
    ...notSeen(report),
    ...(next.length === 0 ? [] : nextBlocks(next)),
  ];
}

function notSeen({ coverage }: LogReport): Block[] {
  const blocks = coverageSection(coverage);
  return blocks.length === 0 ? [] : [heading(2, 'What could not be seen'), ...blocks];
}

function title({ incidents, tally }: LogReport): string {
  if (tally.received === 0 && incidents.length === 0) return 'No lines';
  return incidents.length === 0 ? 'No incident found' : `${count(incidents.length, 'incident')} found`;
}

/** The sentence for a report without incidents, with what it rests on. */
function verdict({ incidents, summary, tally, coverage }: LogReport): Block[] {
  if (incidents.length > 0) return [];
  if (summary.lines > 0)
    return [paragraph(nothingFound(summary) + notJudged(summary, tally) + notWhole(coverage))];
  if (tally.received === 0) return [paragraph('The input was empty: there was no line to judge.')];
  const none =
    tally.received === 1
      ? 'The line read is no access-log line'
      : `None of the ${formatCount(tally.received)} lines read is an access-log line`;
  return [paragraph(`${none} that could be used, so nothing can be said about routing.`)];
}

function nothingFound(summary: LogReport['summary']): string {
  const window =
    summary.first_seen === null || summary.last_seen === null
      ? ''
      : ` between ${humanTime(summary.first_seen)} and ${humanTime(summary.last_seen)}`;
  return (
    `No known fault in ${count(summary.lines, 'access-log line')} (${formatCount(summary.outbound)} outbound) ` +
    `of ${count(summary.pods_read, 'pod')}${window}; ` +
    `${summary.shifts === 0 ? 'no routing changed' : `${count(summary.shifts, 'routing change')} seen`}. ` +
    'What other pods did is not in these lines.'
  );
}

/** What the sentence above does not speak of, said beside it. */
function notJudged(summary: LogReport['summary'], tally: LogReport['tally']): string {
  const refused =
    tally.rejected === 0 ? '' : ` ${count(tally.rejected, 'line')} could not be read and may tell otherwise.`;
  const http =
    summary.http === 0
      ? ''
      : ` ${count(summary.http, 'HTTP line')} took no part: only TCP connections are judged.`;
  return refused + http;
}

/** Where something may have happened that these lines do not show. */
function notWhole({ pods, peers_total }: LogReport['coverage']): string {
  const odd = pods.filter((pod) => remarksOf(pod).length > 0).length;
  const logs = odd === 0 ? '' : ` ${count(odd, 'log is', 'logs are')} not whole.`;
  const peers =
    peers_total === 0
      ? ''
      : ` The logs of ${count(peers_total, 'other pod')} that they talk to were not read.`;
  return logs + peers;
}

function otherShifts(shifts: readonly Shift[]): Block[] {
  return shifts.length === 0 ? [] : [heading(2, 'Other routing changes'), ...shiftBlocks(shifts)];
}

function nextBlocks(next: readonly string[]): Block[] {
  return [heading(2, 'Next'), { kind: 'code', language: 'console', text: next.join('\n') }];
}
