/** Decides what stands in a report on a window of time, and in which order: what happened, what stands, what was not seen. */
import { isHardlySeen, isQuiet, type Report } from '../../../domain/report.ts';
import type { Incident, Severity } from '../../../domain/resources.ts';
import { formatDuration, parseDuration } from '../../../domain/time.ts';
import { count, formatCount, humanMinute, say, type Text } from '../../text.ts';
import { coverageSection } from '../coverage.ts';
import { type Block, heading, paragraph, type Tile } from '../document.ts';
import { anomalyBlocks } from './anomalies.ts';
import { incidentSection } from './incidents.ts';
import { mtlsBlocks } from './mtls.ts';
import { radarBlocks } from './radar.ts';
import { registryBlocks } from './registry.ts';
import { routingBlocks } from './routing.ts';

/** The whole report. Of a window without lines there is one sentence. */
export function buildWindowReport(report: Report): Block[] {
  const { coverage, counts } = report;
  if (counts.lines === 0) return [heading(1, 'Nothing was read'), paragraph(report.headline), facts(report)];
  const unseen = coverageSection(coverage);
  return [
    heading(1, title(report)),
    paragraph(report.headline),
    facts(report),
    { kind: 'tiles', tiles: tilesOf(report) },
    ...incidentSection(report),
    ...anomalyBlocks(report.anomalies),
    ...routingBlocks(report.routing),
    ...radarBlocks(report.collision_radar),
    ...mtlsBlocks(report.mtls),
    ...registryBlocks(report.registry_only),
    ...(unseen.length === 0 ? [] : [heading(2, 'What could not be seen'), ...unseen]),
  ];
}

/** A few words: for a subject line, too. */
export function title(report: Report): string {
  const { counts } = report;
  if (counts.lines === 0) return 'Nothing was read';
  if (isQuiet(report)) return isHardlySeen(report) ? 'Nothing found, much not seen' : 'Nothing to tell';
  const { incidents_opened, incidents_ongoing, incidents_closed, incidents_passed } = counts;
  const isOver = incidents_opened === incidents_passed;
  if (incidents_opened > 0)
    return `${count(incidents_opened, 'incident')} opened${isOver ? ' and ended' : ''}`;
  if (incidents_ongoing > 0)
    return `${count(incidents_ongoing, 'incident')} ${incidents_ongoing === 1 ? 'goes' : 'go'} on`;
  if (incidents_closed > 0) return `${count(incidents_closed, 'incident')} ended`;
  if (counts.anomalies > 0) return count(counts.anomalies, 'anomaly', 'anomalies');
  return 'Routing has changed';
}

function facts({ window, filters }: Report): Block {
  const { since, until } = window;
  const length = formatDuration(Date.parse(until) - Date.parse(since));
  const narrowed = Object.entries(filters);
  return {
    kind: 'facts',
    rows: [
      { label: 'Window', text: [`${humanMinute(since)} to ${humanMinute(until)} (${trimmed(length)})`] },
      ...(narrowed.length === 0 ? [] : [{ label: 'Only', text: filterWords(narrowed) }]),
    ],
  };
}

/** `1d` for `1d0h`: what is nothing is not said. */
function trimmed(duration: string): string {
  const short = duration.replace(/(?<=\D)0[a-z]+$/, '');
  return parseDuration(short) === null ? duration : short;
}

function filterWords(filters: ReadonlyArray<readonly [string, readonly string[]]>): Text {
  return filters.flatMap(([name, values], i) => [
    ...(i === 0 ? [] : ['; ']),
    `${name} `,
    ...values.flatMap((value, j) => [...(j === 0 ? [] : [' or ']), ...say`${value}`]),
  ]);
}

function tilesOf({ window, counts, incidents, mtls, registry_only: registry, routing }: Report): Tile[] {
  const changed = counts.routes_added + counts.routes_removed + counts.routes_moved;
  const isNew = ({ onset }: Incident): boolean => (onset.before ?? '') >= window.since;
  const worst = ([first]: readonly Incident[]): Severity | null => first?.severity ?? null;
  return [
    {
      label: 'Incidents opened',
      value: formatCount(counts.incidents_opened),
      note: '',
      tone: worst([...incidents.opened, ...incidents.closed.filter(isNew)]),
    },
    {
      label: 'Going on',
      value: formatCount(counts.incidents_ongoing),
      note: '',
      tone: worst(incidents.ongoing),
    },
    {
      label: 'Ended',
      value: formatCount(counts.incidents_closed),
      note: counts.incidents_passed === 0 ? '' : `${formatCount(counts.incidents_passed)} of them new`,
      tone: null,
    },
    {
      label: 'Anomalies',
      value: formatCount(counts.anomalies),
      note: '',
      tone: counts.anomalies > 0 ? 'medium' : null,
    },
    {
      label: 'Routing changed',
      value: formatCount(changed),
      note:
        routing.compared_with === null
          ? 'nothing to compare with'
          : `${counts.routes_moved} another way, ${counts.routes_added} new, ${counts.routes_removed} gone`,
      tone: counts.routes_moved > 0 ? 'medium' : changed > 0 ? 'info' : null,
    },
    {
      label: 'Failed connections',
      value: formatCount(counts.failures),
      note: `${percent(counts.failures, counts.connections)} of ${formatCount(counts.connections)}, ${count(counts.pods, 'pod')}`,
      tone: null,
    },
    {
      label: 'Mutual TLS',
      value: mtls.rate === null ? '–' : percent(mtls.with_mtls, mtls.lines),
      note: mtls.rate === null ? 'no lines of servers' : `of ${count(mtls.lines, 'line')} of servers`,
      tone: null,
    },
    {
      label: 'Not registered',
      value: formatCount(registry.destinations_total),
      note: `${registry.destinations_total === 1 ? 'destination' : 'destinations'}, ${percent(registry.blocked_lines, registry.lines)} of outbound lines`,
      tone: null,
    },
  ];
}

/** Never rounded to all or nothing. */
function percent(part: number, whole: number): string {
  if (whole === 0) return '0 %';
  const share = (100 * part) / whole;
  if (part > 0 && share < 0.1) return '< 0.1 %';
  if (part < whole && share > 99.9) return '> 99.9 %';
  return `${share.toFixed(1)} %`;
}
