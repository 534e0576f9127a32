/** Which fields of the two lines of a connection say the same thing. */
import type { Connection } from '../../../domain/resources.ts';

/** What both ends count for themselves: when they differ, something lies between them. */
export const SAME_FIELDS: ReadonlySet<string> = new Set(['bytes_received', 'bytes_sent', 'response_flags']);

/** Field of the client's line, and the field of the server's line that is the same socket. */
const JOINTS = [
  ['upstream_host', 'downstream_local_address'],
  ['upstream_local_address', 'downstream_remote_address'],
] as const;

/** The field of `other` that has the same address as `name` of `line`; null where there is none. */
export function sameAs(line: Connection, other: Connection, name: string): string | null {
  for (const [client, server] of JOINTS) {
    const [own, theirs] = line.direction === 'outbound' ? [client, server] : [server, client];
    if (own === name && line[own] !== null && line[own] === other[theirs]) return theirs;
  }
  return null;
}
