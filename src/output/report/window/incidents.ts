/** The incidents of a window: a picture of when, then what is new whole, what goes on and what ended in brief. */
import type { Report } from '../../../domain/report.ts';
import { type Incident, SEVERITIES } from '../../../domain/resources.ts';
import { count, formatCount, humanMinute, listNames, say, share, type Text } from '../../text.ts';
import { type Block, heading, paragraph, type Stretch } from '../document.ts';
import { headline, interval, remedyBlocks } from '../incident.ts';

/** Incidents told whole, and stretches in the picture. */
const WHOLE_MAX = 5;
const STRETCHES_MAX = 10;
/** Incidents of severity info that are shown where there are no others. */
const MINOR_MAX = 3;
/** Remedies told by their title alone, after the first. */
const TITLES_MAX = 4;

export function incidentSection({ incidents, counts, window }: Report): Block[] {
  const { opened, ongoing, closed } = incidents;
  const all = [...opened, ...ongoing, ...closed];
  if (all.length === 0) return [];
  const worstFirst = [...all].sort((a, b) => rankOf(b) - rankOf(a));
  const isNew = ({ onset }: Incident): boolean => (onset.before ?? '') >= window.since;
  const whole = worstFirst
    .filter((incident) => incident.severity !== 'info' && isNew(incident))
    .slice(0, WHOLE_MAX);
  const rest = (incidents: readonly Incident[]): Incident[] =>
    incidents.filter((incident) => !whole.includes(incident));
  const told = (incidents: readonly Incident[]): number => incidents.length - rest(incidents).length;
  return [
    heading(2, 'Incidents'),
    {
      kind: 'timeline',
      since: humanMinute(window.since),
      until: humanMinute(window.until),
      rows: worstFirst.slice(0, STRETCHES_MAX).map((incident) => stretchOf(incident, window)),
    },
    ...whole.flatMap((incident) => [
      heading(3, [incident.title], incident.severity),
      ...wholeIncident(incident),
    ]),
    ...list('Opened', rest(opened), counts.incidents_opened - counts.incidents_passed - told(opened)),
    ...list('Going on', ongoing, counts.incidents_ongoing),
    ...list('Ended', rest(closed), counts.incidents_closed - told(closed)),
  ];
}

function rankOf({ severity }: Incident): number {
  return SEVERITIES.indexOf(severity);
}

/** From the first connection that shows it to the first that shows it over; what lies outside of the window is cut. */
function stretchOf({ title, severity, onset, ended }: Incident, window: Report['window']): Stretch {
  const [since, until] = [Date.parse(window.since), Date.parse(window.until)];
  const placeOf = (time: string | null, otherwise: number): number =>
    time === null ? otherwise : Math.max(0, Math.min(1, (Date.parse(time) - since) / (until - since)));
  return {
    label: [title],
    severity,
    from: placeOf(onset.before, 0),
    to: placeOf(ended?.before ?? null, 1),
  };
}

/** One incident a row: those that matter, else a few of those that hardly do; the rest is counted. */
function list(title: string, incidents: readonly Incident[], total: number): Block[] {
  if (total === 0) return [];
  const grave = incidents.filter(({ severity }) => severity !== 'info');
  const shown = grave.length > 0 ? grave : incidents.slice(0, MINOR_MAX);
  const more = total - shown.length;
  return [
    heading(3, title),
    {
      kind: 'table',
      columns: ['SEVERITY', 'INCIDENT', 'BEGAN', 'ENDED', 'FAILED', 'ID'],
      rows: shown.map(row),
    },
    ...(more > 0 ? [paragraph(say`${more} more, less severe: see ${'meshwake get incidents'}.`)] : []),
  ];
}

function row({ severity, title, onset, ended, failures, connections, id }: Incident): readonly Text[] {
  const time = (at: string | null): Text => [at === null ? '' : humanMinute(at)];
  return [
    [{ severity }],
    [title],
    time(onset.before ?? onset.after),
    time(ended?.before ?? ended?.after ?? null),
    [`${formatCount(failures)}/${formatCount(connections)}`],
    say`${id}`,
  ];
}

/** What is new: what it is, why, the first thing to do about it, and how to see that it worked. */
function wholeIncident(incident: Incident): Block[] {
  const { cause, remedies, verify } = incident;
  const others = remedies.slice(1, 1 + TITLES_MAX).map(({ title }): Text => [title]);
  return [
    paragraph(headline(incident)),
    { kind: 'facts', rows: facts(incident) },
    ...(cause === '' ? [] : [paragraph(cause)]),
    ...remedies.slice(0, 1).flatMap(remedyBlocks),
    ...(others.length === 0 ? [] : [paragraph('Or else:'), { kind: 'list', items: others } as const]),
    ...(verify.length === 0 ? [] : [heading(4, 'How to verify'), code(verify)]),
  ];
}

function facts(incident: Incident): Array<{ label: string; text: Text }> {
  const { diagnosis, id, onset, ended, victims, connections, failures, misdelivered, confirmed } = incident;
  return [
    {
      label: 'Diagnosis',
      text: say`${diagnosis}, id ${id}${[confirmed ? '' : ', provisional: one connection shows it so far']}`,
    },
    { label: 'Began', text: interval(onset) },
    ...(ended === null ? [] : [{ label: 'Ended', text: interval(ended) }]),
    ...(victims.length === 0 ? [] : [{ label: 'Victims', text: listNames(victims, 10) }]),
    {
      label: 'Connections',
      text: [
        `${count(connections, 'connection')} affected, failed: ${share(failures, connections)}` +
          (misdelivered ? '; delivered to the wrong service' : ''),
      ],
    },
  ];
}

function code(lines: readonly string[]): Block {
  return { kind: 'code', language: 'console', text: lines.join('\n') };
}
