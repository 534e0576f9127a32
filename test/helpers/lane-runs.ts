/** Streams of lines, read with an express lane and without: what either makes of each line is compared. */
import { isUtf8 } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { NO_IDENTITY, type Outcome, type ParsedLine } from '../../src/domain/entry.ts';
import { type ExpressLane, LineColumns } from '../../src/domain/line-columns.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import { hashing, lineOf, newLane, noLane } from './lanes.ts';

export const NO_LANE = noLane();

export const optionsOf = (format: string | null) => ({ format, identity: NO_IDENTITY });

/** Reads lines (one character a byte) as ingest does, with a lane; `hits` counts those that the lane read. */
export function readAll(lines: readonly string[], lane: ExpressLane, format: string | null = null) {
  const parser = createLineParser(optionsOf(format));
  const stream = lane.enter();
  const results: Array<ReturnType<typeof told> | Exclude<Outcome, { kind: 'accepted' }> | null> = [];
  let hits = 0;
  for (const text of lines) {
    const line = Buffer.from(text, 'latin1');
    // Amid other bytes, as a line stands in a chunk.
    const bytes = Buffer.concat([Buffer.from('[ 1 '), line, Buffer.from('\n1] ')]);
    const [from, to] = [4, 4 + line.length];
    const columns = new LineColumns(stream.templates, 1);
    const isAlone = parser.idle();
    if (isAlone && stream.read(bytes, from, to + 1, columns) > from) {
      hits++;
      results.push(told(lineOf(columns, 0)));
      continue;
    }
    const utf8 = isUtf8(line);
    const outcome = parser.push(line.toString(utf8 ? 'utf8' : 'latin1'), utf8);
    if (isAlone && outcome?.kind === 'accepted') stream.learn(bytes, from, to, outcome.line);
    results.push(toldOutcome(outcome));
  }
  for (let outcome = parser.end(); outcome !== null; outcome = parser.end())
    results.push(toldOutcome(outcome));
  return { results, hits };
}

function toldOutcome(outcome: Outcome | null) {
  return outcome?.kind === 'accepted' ? told(outcome.line) : outcome;
}

function told(line: ParsedLine) {
  const { entry, identity, format, envelope, raw, rebuildable, utf8, numbers } = line;
  const { start_time, duration, bytes_received, bytes_sent, upstream_local_port, downstream_remote_port } =
    numbers;
  return {
    ...{ entry, identity, format, envelope, raw, rebuildable, utf8 },
    numbers: [start_time, duration, bytes_received, bytes_sent, upstream_local_port, downstream_remote_port],
  };
}

/** Runs with a hash that is the same for all lines: only the comparison of their bytes can tell them apart. */
export function withOneHash<T>(run: () => T): T {
  const { imul } = Math;
  Math.imul = () => 0;
  hashing.mask = 0;
  try {
    return run();
  } finally {
    Math.imul = imul;
    hashing.mask = -1;
  }
}

/**
 * Holds when the lane changes nothing, in this stream and in a second one that shares what was learned. Who wrote a
 * line that was refused, and why it was, is compared in the first alone: behind a prefix, a parser tells that only
 * where it has met the prefix itself.
 */
export function isUnchanged(
  lines: readonly string[],
  count: (hits: number) => void,
  format: string | null = null,
): boolean {
  const expected = readAll(lines, NO_LANE, format).results;
  const lane = newLane(optionsOf(format));
  const first = readAll(lines, lane, format);
  const second = readAll(lines, lane, format);
  count(first.hits + second.hits);
  return (
    isDeepStrictEqual(first.results, expected) &&
    isDeepStrictEqual(second.results.map(fateOf), expected.map(fateOf))
  );
}

/** A line that was accepted, or what became of it. */
function fateOf(result: ReturnType<typeof readAll>['results'][number]) {
  return result !== null && 'kind' in result ? result.kind : result;
}
