/** Reads lines that people published, where the folder with them lies beside this one. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import {
  type AccessLogEntry,
  isHttp,
  NO_IDENTITY,
  type Outcome,
  type ParsedLine,
} from '../../src/domain/entry.ts';
import { formatTime } from '../../src/domain/time.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';

const FILE = fileURLToPath(new URL('../../../shared/samples/real-lines.ndjson', import.meta.url));

interface Case {
  readonly id: string;
  readonly line: string;
  readonly expect: Readonly<Record<string, unknown>> | null;
}

const skip = existsSync(FILE) ? false : 'the folder with published lines is not here';

t.test('every published line is read as it should be', { skip }, async (t) => {
  let right = 0;
  let all = 0;
  for (const { id, line, expect } of readCases()) {
    const accepted = read(line);
    if (expect === null) {
      t.strictSame(accepted, [], `${id}: is not accepted`);
      continue;
    }
    t.equal(accepted.length, 1, `${id}: is one line`);
    for (const [key, value] of Object.entries(expect)) {
      all++;
      const found = accepted[0] === undefined ? undefined : readValue(accepted[0], key);
      if (t.strictSame(found, value, `${id}: ${key}`)) right++;
    }
  }
  t.ok(all > 800, 'there are fields to compare');
  t.comment(`fields read right: ${right} of ${all}`);
});

function readCases(): Case[] {
  return readFileSync(FILE, 'utf8')
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as Case); // The file is ours to read, in this shape.
}

function read(text: string): ParsedLine[] {
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  const outcomes: Outcome[] = [];
  for (const line of text.split('\n')) {
    const outcome = parser.push(line, true);
    if (outcome !== null) outcomes.push(outcome);
  }
  for (let outcome = parser.end(); outcome !== null; outcome = parser.end()) outcomes.push(outcome);
  return outcomes.flatMap((outcome) => (outcome.kind === 'accepted' ? [outcome.line] : []));
}

function readValue({ entry, format }: ParsedLine, key: string): unknown {
  if (key === 'start_time') return formatTime(entry.start_time);
  if (key === 'protocol') return isHttp(entry) ? 'http' : 'tcp';
  if (key === 'duration_ms') return entry.duration;
  if (format.startsWith('ztunnel') && key.startsWith('bytes_')) return ztunnelBytes(entry, key);
  return key in entry ? entry[key as keyof AccessLogEntry] : entry.attributes?.[key]; // Known to be a key of it.
}

/** ztunnel counts from its own workload's side, an entry from the downstream's. */
function ztunnelBytes(entry: AccessLogEntry, key: string): number | null {
  const fromClient = (entry.attributes?.direction === 'outbound') === (key === 'bytes_sent');
  return fromClient ? entry.bytes_received : entry.bytes_sent;
}
