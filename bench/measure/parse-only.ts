/**
 * Reads a file as the product does, up to the parsed lines, and counts them: `parse-only FILE [parser]`, built as the product is.
 * With `parser` every line goes through the parser itself, and none through the express lane for lines that are like
 * lines read before.
 */
import { createReadStream } from 'node:fs';
import { NO_IDENTITY, type ParsedLine } from '../../src/domain/entry.ts';
import type { ExpressLane } from '../../src/domain/line-columns.ts';
import { Templates } from '../../src/domain/templates.ts';
import { createIngest } from '../../src/ingest/ingest.ts';
import { createExpressLane } from '../../src/parse/express-lane.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';

const READ_BYTES = 256 * 1024;
const OPTIONS = { format: null, identity: NO_IDENTITY } as const;

const [file = '', way] = process.argv.slice(2);
const ingest = createIngest({
  parser: createLineParser(OPTIONS),
  express: way === 'parser' ? noLane() : expressLane(),
  store: { append: async (lines) => ({ accepted: lines.length, duplicates: 0 }) },
});
for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES })) await ingest.write(chunk);
process.stdout.write(`${JSON.stringify(await ingest.end())}\n`);

function expressLane(): ExpressLane {
  const prover = createLineParser(OPTIONS);
  const readAgain = (line: string): ParsedLine | null => {
    const outcome = prover.push(line, true);
    return outcome?.kind === 'accepted' ? outcome.line : null;
  };
  return createExpressLane(readAgain, { ownFormat: false });
}

function noLane(): ExpressLane {
  const templates = new Templates();
  return { enter: () => ({ templates, read: (_: unknown, from: number) => from, learn: () => -1 }) };
}
