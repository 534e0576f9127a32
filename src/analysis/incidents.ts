/** Puts findings into words: the incidents that users read. */
import { INCIDENT_MEMBERS_MAX, SAMPLE_LINES_MAX } from '../domain/limits.ts';
import type { LineReader, RenderLine, StoredLine } from '../domain/ports.ts';
import type { Incident } from '../domain/resources.ts';
import { formatTime } from '../domain/time.ts';
import { count } from './diagnoses/diagnosis.ts';
import { type Finding, isConfirmed, sourcesOf, subjectOf } from './findings.ts';
import { compareText } from './legs.ts';
import type { Ownership } from './ownership.ts';

/** Tells one finding, with sample lines from the reader, in the order of their start times. */
export async function tellIncident(
  finding: Finding,
  known: Ownership,
  lines: {
    readonly reader: Pick<LineReader, 'lines'>;
    readonly render: RenderLine;
    /** Latest end of all lines, ms since the epoch: their clock. */
    readonly end: number | null;
  },
): Promise<Incident> {
  const subject = subjectOf(finding, known);
  const telling = finding.diagnosis.tell(subject);
  const sources = sourcesOf(finding.legs, known);
  const { onset, ended } = finding;
  const notes = [...reservations(finding, lines.end), ...leftOut(sources.length, subject.places.length)];
  return {
    id: finding.id,
    diagnosis: finding.diagnosis.id,
    title: telling.title,
    severity: finding.severity,
    confirmed: isConfirmed(finding),
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
    evidence: [...finding.evidence.slice(0, SAMPLE_LINES_MAX - notes.length), ...notes],
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

/** What may still change with further lines. */
function reservations(finding: Finding, end: number | null): string[] {
  const { settledAt, onset } = finding;
  const sentences: string[] = [];
  if (!isConfirmed(finding)) {
    sentences.push(
      'Provisional: one connection shows it so far. A second one, of this client or of another, confirms it; ' +
        "so does the proxy's configuration.",
    );
  }
  if (settledAt !== null && onset.after !== null && end !== null && end < settledAt) {
    sentences.push(
      `The lower bound of the onset may still rise until ${formatTime(settledAt)}: lines are written when connections ` +
        'close, and one of the old routing that was opened later may still be open.',
    );
  }
  return sentences;
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
