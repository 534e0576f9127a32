/** One incident, told in the order in which somebody woken at night needs it. */
import { hostNamespace, parseCluster } from '../../domain/cluster-name.ts';
import type { Incident, Interval, Remedy, Routing, Shift, Source } from '../../domain/resources.ts';
import { count, humanTime, listNames, plainText, say, share, type Text } from '../text.ts';
import { type Block, heading, paragraph } from './document.ts';

/** Shifts that are told one by one. */
const SHIFTS_TOLD_MAX = 3;
/** Shifts in one table; further ones are counted. */
const SHIFTS_SHOWN_MAX = 20;

/** Headline, facts, before and after, proof, cause, remedies, verification, lines. */
export function incidentBlocks(incident: Incident, shifts: readonly Shift[]): Block[] {
  const own = shifts.filter((shift) => incident.shifts.includes(shift.id));
  return [
    heading(2, [incident.title], incident.severity),
    paragraph(headline(incident)),
    { kind: 'facts', rows: facts(incident) },
    ...section('Before and after', shiftBlocks(own)),
    ...section('Proof', list(incident.evidence)),
    ...section('Cause', incident.cause === '' ? [] : [paragraph(incident.cause)]),
    ...section('What mends it', incident.remedies.flatMap(remedyBlocks)),
    ...section('How to verify', code('console', incident.verify)),
    ...section('Lines', code('text', incident.sample_lines)),
  ];
}

/** Since when, from whom, to whom, by which cluster of which namespace: one or two sentences. */
export function headline(incident: Incident): Text {
  const to = incident.destinations.map((destination) => destination.address);
  const sentence = say`${when(incident)} connections from ${sourceNames(incident.sources)}${
    to.length === 0 ? [] : say` to ${listNames(to)}`
  } ${byWhom(incident)}.`;
  return incident.victims.length === 0
    ? sentence
    : say`${sentence} They were meant for ${listNames(incident.victims)}.`;
}

/** Routing before and after each shift: told one by one when they are few, in a table when they are many. */
export function shiftBlocks(shifts: readonly Shift[]): Block[] {
  if (shifts.length <= SHIFTS_TOLD_MAX) return shifts.map(shiftFacts);
  const more = shifts.length - SHIFTS_SHOWN_MAX;
  return [
    shiftTable(shifts.slice(0, SHIFTS_SHOWN_MAX)),
    ...(more > 0 ? [paragraph(say`${more} more: see ${'meshwake get shifts'}.`)] : []),
  ];
}

function shiftFacts(shift: Shift): Block {
  const { before, after } = shift;
  return {
    kind: 'facts',
    rows: [
      { label: 'Traffic', text: say`${sourceNames([shift.source])} to ${shift.destination.address}` },
      {
        label: 'Before',
        text: say`${routing(shift.from)}; failed: ${[share(before.failures, before.connections)]}; last at ${[humanTime(shift.last_before)]}`,
      },
      {
        label: 'After',
        text: say`${routing(shift.to)}; failed: ${[share(after.failures, after.connections)]}; first at ${[humanTime(shift.first_after)]}`,
      },
      { label: 'Evidence', text: [`grade ${shift.evidence}, confidence ${shift.confidence}`] },
    ],
  };
}

function shiftTable(shifts: readonly Shift[]): Block {
  return {
    kind: 'table',
    columns: ['SOURCE', 'DESTINATION', 'BEFORE', 'FAILED', 'AFTER', 'FAILED', 'FIRST AFTER', 'GRADE'],
    rows: shifts.map((shift) => [
      sourceNames([shift.source]),
      say`${shift.destination.address}`,
      stateAndCluster(shift.from),
      [`${shift.before.failures}/${shift.before.connections}`],
      stateAndCluster(shift.to),
      [`${shift.after.failures}/${shift.after.connections}`],
      [humanTime(shift.first_after)],
      [shift.evidence],
    ]),
  };
}

function when(incident: Incident): Text {
  const from = incident.onset.before;
  const until = incident.ended?.before ?? null;
  if (from === null) return [until === null ? 'In all lines read,' : `Until ${humanTime(until)},`];
  return [
    until === null ? `Since ${humanTime(from)},` : `From ${humanTime(from)} until ${humanTime(until)},`,
  ];
}

/** Says `captured` only where the diagnosis does. */
function byWhom(incident: Incident): Text {
  const cluster = incident.upstream_cluster;
  const were = incident.ended === null ? 'are' : 'were';
  if (cluster === null) return [`${were} affected`];
  const verb = incident.diagnosis.includes('capture') ? `${were} captured by` : `${were} sent to`;
  return say`${[verb]} ${cluster}${ownerNamespace(cluster)}`;
}

function ownerNamespace(cluster: string): Text {
  const host = parseCluster(cluster)?.host ?? null;
  const namespace = host === null ? null : hostNamespace(host);
  return namespace === null ? [] : say`, which belongs to namespace ${namespace}`;
}

function facts(incident: Incident): { label: string; text: Text }[] {
  const rows: { label: string; text: Text }[] = [
    { label: 'Diagnosis', text: say`${incident.diagnosis}, ${[incident.severity]}, id ${incident.id}` },
    { label: 'Began', text: interval(incident.onset) },
    { label: 'Ended', text: incident.ended === null ? ['not in the lines read'] : interval(incident.ended) },
    { label: 'From', text: sourceNames(incident.sources, 10) },
    { label: 'To', text: destinationNames(incident) },
    { label: 'Victims', text: listNames(incident.victims, 10) },
    {
      label: 'Connections',
      text: [
        `${count(incident.connections, 'connection')} affected, failed: ${share(incident.failures, incident.connections)}`,
        incident.misdelivered ? '; delivered to the wrong service' : '',
      ],
    },
  ];
  return rows.filter((row) => plainText(row.text) !== '');
}

function interval({ after, before }: Interval): Text {
  const last = after === null ? null : humanTime(after);
  const first = before === null ? null : humanTime(before);
  if (first === null) return [last === null ? 'not seen' : `after ${last}`];
  return [
    last === null
      ? `before the first line read, at or before ${first}`
      : `after ${last}, at or before ${first}`,
  ];
}

function destinationNames(incident: Incident): Text {
  return listNames(
    incident.destinations.map(({ address, pod, workload }) => {
      const name = pod ?? workload;
      return name === null ? address : `${address} (${name})`;
    }),
    10,
  );
}

function sourceNames(sources: readonly Source[], most = 3): Text {
  const names = sources.map((source) => source.pod ?? source.workload).filter((name) => name !== null);
  return names.length === 0 ? ['pods that the lines do not name'] : listNames(names, most);
}

function routing(side: Routing): Text {
  const { upstream_hosts } = side;
  return upstream_hosts.length === 0
    ? stateAndCluster(side)
    : say`${stateAndCluster(side)} at ${listNames(upstream_hosts, 2)}`;
}

function stateAndCluster({ state, upstream_cluster }: Routing): Text {
  return upstream_cluster === null ? [state] : say`${[state]}, ${upstream_cluster}`;
}

function remedyBlocks(remedy: Remedy, index: number): Block[] {
  return [
    heading(4, [`${index + 1}. ${remedy.title} (${remedy.resource})`]),
    ...(remedy.caveat === null ? [] : [paragraph(`But: ${remedy.caveat}`)]),
    ...(remedy.yaml === null ? [] : code('yaml', [remedy.yaml])),
  ];
}

function section(title: string, blocks: readonly Block[]): Block[] {
  return blocks.length === 0 ? [] : [heading(3, title), ...blocks];
}

function list(texts: readonly string[]): Block[] {
  return texts.length === 0 ? [] : [{ kind: 'list', items: texts.map((text) => [text]) }];
}

function code(language: 'yaml' | 'console' | 'text', lines: readonly string[]): Block[] {
  return lines.length === 0 ? [] : [{ kind: 'code', language, text: lines.join('\n') }];
}
