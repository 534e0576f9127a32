/** Where the numbers of a line stand, counted in words, and the texts that differ from request to request. */
import { isHttp, type ParsedLine } from '../domain/entry.ts';
import { formatTime } from '../domain/time.ts';

export interface Layout {
  /** Word with the start time in brackets. */
  readonly clock: number;
  /** First of the three words: bytes received, bytes sent, duration. */
  readonly counts: number;
  readonly upstreamLocal: number;
  readonly downstreamRemote: number;
  /** Null for lines of TCP connections. */
  readonly request: RequestLayout | null;
}

/** The service time of the upstream is the word behind the counts. */
export interface RequestLayout {
  readonly path: number;
  /** In quotes. */
  readonly id: number;
}

/** Finds the numbers of a line in its text; null when one is absent or stands in more than one place. */
export function findLayout(text: string, line: ParsedLine): Layout | null {
  const { entry } = line;
  const { bytes_received, bytes_sent, duration } = entry;
  if (bytes_received === null || bytes_sent === null || duration === null) return null;
  const clock = onlyWord(text, `[${formatTime(entry.start_time)}]`);
  const counts = onlyWord(text, `${bytes_received} ${bytes_sent} ${duration}`);
  const local = entry.upstream_local_address ?? '-';
  const remote = entry.downstream_remote_address;
  if (clock === null || counts === null || remote === null) return null;
  const addresses = onlyWord(text, `${local} ${entry.downstream_local_address ?? '-'} ${remote}`);
  if (addresses === null || addresses < counts + 3 || counts <= clock) return null;
  const layout = { clock, counts, upstreamLocal: addresses, downstreamRemote: addresses + 2 };
  if (!isHttp(entry)) return { ...layout, request: null };
  const request = findRequest(text, line, layout);
  return request === null ? null : { ...layout, request };
}

function findRequest(
  text: string,
  { entry }: ParsedLine,
  { clock, counts, upstreamLocal }: Omit<Layout, 'request'>,
): RequestLayout | null {
  const words = text.split(' ');
  const path = clock + 2;
  const isThere = entry.path !== null && words[path] === entry.path && path < counts;
  const id = entry.request_id === null ? null : onlyWord(text, `"${entry.request_id}"`);
  if (!isThere || id === null || id <= counts + 3 || id >= upstreamLocal) return null;
  return words[counts + 3] === String(entry.upstream_service_time ?? '-') ? { path, id } : null;
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
