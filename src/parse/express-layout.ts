/** Where the numbers of a line stand, counted in words, and the proof that they stand there. */
import type { AccessLogEntry, ParsedLine } from '../domain/entry.ts';
import { formatTime } from '../domain/time.ts';

export interface Layout {
  readonly format: string;
  readonly envelope: string;
  /** Word with the start time in brackets. */
  readonly clock: number;
  /** First of the three words: bytes received, bytes sent, duration. */
  readonly counts: number;
  readonly upstreamLocal: number;
  readonly downstreamRemote: number;
}

/** Reads a line the long way; null: not accepted. */
export type ReadAgain = (line: string) => ParsedLine | null;

/** Finds the numbers of a line in its text; null when one is absent or stands in more than one place. */
export function findLayout(text: string, { entry, format, envelope }: ParsedLine): Layout | null {
  const { bytes_received, bytes_sent, duration } = entry;
  if (bytes_received === null || bytes_sent === null || duration === null) return null;
  const clock = onlyWord(text, `[${formatTime(entry.start_time)}]`);
  const counts = onlyWord(text, `${bytes_received} ${bytes_sent} ${duration}`);
  const local = entry.upstream_local_address ?? '-';
  const remote = entry.downstream_remote_address;
  if (clock === null || counts === null || remote === null) return null;
  const addresses = onlyWord(text, `${local} ${entry.downstream_local_address ?? '-'} ${remote}`);
  if (addresses === null || addresses < counts + 3 || counts <= clock) return null;
  return { format, envelope, clock, counts, upstreamLocal: addresses, downstreamRemote: addresses + 2 };
}

/** Numbers that no line is likely to have, to tell one place from another. */
const PROBE = {
  start_time: Date.UTC(2033, 9, 21, 13, 47, 59, 862),
  received: 918_273_645,
  sent: 81_726_354,
  duration: 7_162_534,
};
const PROBE_UPSTREAM_PORT = 54_321;
const PROBE_DOWNSTREAM_PORT = 43_219;

/**
 * True when the line with other numbers in their places is read as the same line with those other numbers.
 * `texts` are the five stretches between the numbers.
 */
export function isProved(texts: readonly string[], line: ParsedLine, readAgain: ReadAgain): boolean {
  const [before = '', a = '', b = '', c = '', after = ''] = texts;
  const upstream = line.numbers.upstream_local_port < 0 ? '' : PROBE_UPSTREAM_PORT;
  const downstream = line.numbers.downstream_remote_port < 0 ? '' : PROBE_DOWNSTREAM_PORT;
  const counts = `${PROBE.received} ${PROBE.sent} ${PROBE.duration}`;
  const clock = `[${formatTime(PROBE.start_time)}]`;
  const read = readAgain(`${before}${clock}${a}${counts}${b}${upstream}${c}${downstream}${after}`);
  if (read === null || !read.rebuildable || read.format !== line.format || read.envelope !== line.envelope)
    return false;
  const isSameIdentity = JSON.stringify(read.identity) === JSON.stringify(line.identity);
  return isSameIdentity && JSON.stringify(read.entry) === JSON.stringify(probed(line.entry));
}

function probed(entry: AccessLogEntry): AccessLogEntry {
  const withPort = (address: string | null, port: number) => address?.replace(/:\d+$/, `:${port}`) ?? null;
  return {
    ...entry,
    start_time: PROBE.start_time,
    bytes_received: PROBE.received,
    bytes_sent: PROBE.sent,
    duration: PROBE.duration,
    upstream_local_address: withPort(entry.upstream_local_address, PROBE_UPSTREAM_PORT),
    downstream_remote_address: withPort(entry.downstream_remote_address, PROBE_DOWNSTREAM_PORT),
  };
}

/** Number of the word at which the words of `part` begin, or null: they stand nowhere, or twice. */
function onlyWord(text: string, part: string): number | null {
  const padded = ` ${text} `;
  const sought = ` ${part} `;
  const at = padded.indexOf(sought);
  if (at < 0 || padded.indexOf(sought, at + 1) >= 0) return null;
  let words = 0;
  for (let i = 0; i < at; i++) if (padded.charCodeAt(i + 1) === 0x20) words++;
  return words;
}
