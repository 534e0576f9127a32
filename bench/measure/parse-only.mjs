/**
 * Reads a file as the product does, up to the parsed lines, and counts them: `parse-only.mjs FILE [parser]`.
 * With `parser` every line goes through the parser itself, and none through the express lane for lines that are like
 * lines read before.
 */
import { createReadStream } from 'node:fs';
import { NO_IDENTITY } from '../../dist/domain/entry.js';
import { Templates } from '../../dist/domain/templates.js';
import { createIngest } from '../../dist/ingest/ingest.js';
import { createExpressLane } from '../../dist/parse/express-lane.js';
import { createLineParser } from '../../dist/parse/line-parser.js';

const READ_BYTES = 256 * 1024;
const OPTIONS = { format: null, identity: NO_IDENTITY };

const [file = '', way] = process.argv.slice(2);
const ingest = createIngest({
  parser: createLineParser(OPTIONS),
  express: way === 'parser' ? noLane() : expressLane(),
  store: { append: async (lines) => ({ accepted: lines.length, duplicates: 0 }) },
});
for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES })) await ingest.write(chunk);
process.stdout.write(`${JSON.stringify(await ingest.end())}\n`);

function expressLane() {
  const prover = createLineParser(OPTIONS);
  const readAgain = (line) => {
    const outcome = prover.push(line, true);
    return outcome?.kind === 'accepted' ? outcome.line : null;
  };
  return createExpressLane(readAgain, { ownFormat: false });
}

function noLane() {
  const templates = new Templates();
  return { enter: () => ({ templates, read: (_, from) => from, learn: () => -1 }) };
}
