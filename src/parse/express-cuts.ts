/** Cuts a line into the stretches of bytes that lie between its numbers. */
import type { Layout } from './express-layout.ts';
import type { Words } from './express-split.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const DASH = 0x2d;
/** In `[2020-07-23T14:26:27.081Z]`, and the space behind it. */
const CLOCK_BYTES = 27;

/** Notes in `cuts` where each stretch begins and ends; false: the line is not of this layout. */
export function cutLine(
  layout: Layout,
  bytes: Buffer,
  { begins: words, lineEnd }: Words,
  cuts: Int32Array,
): boolean {
  const { request } = layout;
  const clock = (words[layout.clock + 1] as number) - CLOCK_BYTES;
  if (clock < (words[layout.clock] as number)) return false;
  cuts[0] = words[0] as number;
  cuts[1] = clock;
  cuts[2] = clock + CLOCK_BYTES - 1;
  let at = 3;
  if (request !== null) {
    cuts[at++] = words[request.path] as number;
    cuts[at++] = (words[request.path + 1] as number) - 1;
  }
  cuts[at++] = words[layout.counts] as number;
  if (request === null) cuts[at++] = (words[layout.counts + 3] as number) - 1;
  else {
    const id = words[request.id] as number;
    const idEnd = (words[request.id + 1] as number) - 1;
    const quote = layout.isWrapped ? 2 : 1;
    if (idEnd - id <= 2 * quote || bytes[id + quote - 1] !== QUOTE || bytes[idEnd - 1] !== QUOTE)
      return false;
    if (layout.isWrapped && (bytes[id] !== BACKSLASH || bytes[idEnd - 2] !== BACKSLASH)) return false;
    cuts[at++] = (words[layout.counts + 4] as number) - 1;
    cuts[at++] = id + quote;
    cuts[at++] = idEnd - quote;
  }
  const upstream = words[layout.upstreamLocal] as number;
  const upstreamEnd = (words[layout.upstreamLocal + 1] as number) - 1;
  const downstream = words[layout.downstreamRemote] as number;
  const downstreamEnd = (words[layout.downstreamRemote + 1] as number) - 1;
  cuts[at] = upstream;
  cuts[at + 1] = upstream;
  cuts[at + 2] = portBegin(bytes, upstream, upstreamEnd);
  cuts[at + 3] = upstreamEnd;
  cuts[at + 4] = downstream;
  cuts[at + 5] = downstream;
  cuts[at + 6] = portBegin(bytes, downstream, downstreamEnd);
  cuts[at + 7] = downstreamEnd;
  if (!layout.isWrapped) {
    cuts[at + 8] = lineEnd;
    return true;
  }
  const end = messageEnd(bytes, downstreamEnd, lineEnd);
  cuts[at + 8] = end;
  cuts[at + 9] = end;
  cuts[at + 10] = lineEnd;
  return end >= 0;
}

/**
 * Where the string of a message ends: at the first quote without a backslash, or at the newline before it. -1: a backslash
 * stands before anything else.
 */
function messageEnd(bytes: Buffer, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    if (bytes[i] === QUOTE) return i;
    if (bytes[i] !== BACKSLASH) continue;
    if (bytes[i + 1] === LETTER_N && bytes[i + 2] === QUOTE) return i;
    if (bytes[++i] !== QUOTE) return -1;
  }
  return -1;
}

/** Where the digits of a port begin in the word [start, end); its end when it has none (`-`). */
function portBegin(bytes: Buffer, start: number, end: number): number {
  if (end - start === 1 && bytes[start] === DASH) return end;
  let at = end - 1;
  while (at > start && bytes[at] !== COLON) at--;
  return bytes[at] === COLON ? at + 1 : end;
}
