/** One incident, told in the order in which somebody woken at night needs it. */
import { hostNamespace, parseCluster } from '../../domain/cluster-name.ts';
import type { Incident, Interval, Remedy, Shift } from '../../domain/resources.ts';
import { count, humanTime, listNames, plainText, say, share, type Text } from '../text.ts';
import { type Block, heading, paragraph } from './document.ts';
import { shiftBlocks, sourceNames } from './shifts.ts';

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

export function interval({ after, before }: Interval): Text {
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

export function remedyBlocks(remedy: Remedy, index: number): Block[] {
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
