/** Puts findings into words: the incidents that users read. */
import { INCIDENT_MEMBERS_MAX, SAMPLE_LINES_MAX } from '../domain/limits.ts';
import type { LineReader, RenderLine, StoredLine } from '../domain/ports.ts';
import type { Incident } from '../domain/resources.ts';
import { formatTime } from '../domain/time.ts';
import { count } from './diagnoses/diagnosis.ts';
import { type Finding, sourcesOf, subjectOf } from './findings.ts';
import { compareText } from './legs.ts';
import type { Ownership } from './ownership.ts';

/** Tells one finding, with sample lines from the reader, in the order of their start times. */
export async function tellIncident(
  finding: Finding,
  known: Ownership,
  lines: { readonly reader: Pick<LineReader, 'lines'>; readonly render: RenderLine },
): Promise<Incident> {
  const subject = subjectOf(finding, known);
  const telling = finding.diagnosis.tell(subject);
  const sources = sourcesOf(finding.legs, known);
  const { onset, ended } = finding;
  return {
    id: finding.id,
    diagnosis: finding.diagnosis.id,
    title: telling.title,
    severity: finding.severity,
    port: finding.port,
    upstream_cluster: finding.cluster,
    onset: { after: onset.after === null ? null : formatTime(onset.after), before: formatTime(onset.before) },
    ended: ended === null ? null : { after: formatTime(ended.after), before: formatTime(ended.before) },
    sources: sources.slice(0, INCIDENT_MEMBERS_MAX),
    destinations: subject.places
      .slice(0, INCIDENT_MEMBERS_MAX)
      .map(({ address, pod, workload }) => ({ address, pod, workload })),
    victims: subject.victims.slice(0, INCIDENT_MEMBERS_MAX),
    shifts: finding.shifts.map((shift) => shift.id).slice(0, INCIDENT_MEMBERS_MAX),
    connections: finding.connections,
    failures: finding.failures,
    misdelivered: finding.misdelivered,
    evidence: [...finding.evidence, ...leftOut(sources.length, subject.places.length)].slice(
      0,
      SAMPLE_LINES_MAX,
    ),
    cause: telling.cause,
    remedies: telling.remedies,
    verify: telling.verify,
    sample_lines: await sampleLines(finding, lines),
  };
}

/** The message of a stored line as it was logged. */
export function rawLine(line: StoredLine, render: RenderLine): string | null {
  return line.raw ?? render(line.format, line.entry);
}

function leftOut(sources: number, places: number): string[] {
  const sentences: string[] = [];
  if (sources > INCIDENT_MEMBERS_MAX)
    sentences.push(`Only ${INCIDENT_MEMBERS_MAX} of ${count(sources, 'client')} are listed.`);
  if (places > INCIDENT_MEMBERS_MAX) {
    sentences.push(`Only ${INCIDENT_MEMBERS_MAX} of ${count(places, 'destination')} are listed.`);
  }
  return sentences;
}

async function sampleLines(
  finding: Finding,
  { reader, render }: { readonly reader: Pick<LineReader, 'lines'>; readonly render: RenderLine },
): Promise<string[]> {
  const found = new Map<string, StoredLine>();
  for (const { shapes, ...query } of finding.samples) {
    if (shapes.length === 0) continue;
    const ids = new Set(shapes.map((shape) => shape.id));
    for (const line of await reader.lines({ ...query, shapes: ids, after: null })) found.set(line.id, line);
  }
  return [...found.values()]
    .sort((a, b) => a.entry.start_time - b.entry.start_time || compareText(a.id, b.id))
    .map((line) => rawLine(line, render))
    .filter((raw) => raw !== null)
    .slice(0, SAMPLE_LINES_MAX);
}
