/** Lines that the express lane reads many at once are those that it reads one by one, whatever stands between them. */
import t from 'tap';
import { LineColumns } from '../../src/domain/line-columns.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import { optionsOf } from '../helpers/lane-runs.ts';
import { lineOf, newLane } from '../helpers/lanes.ts';

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

function lineAt(n: number): string {
  const pod = `web-${n % 3} istio-proxy`;
  const clock = new Date(1_709_600_000_000 + 977 * n).toISOString();
  const numbers = `${n} ${2 * n} ${n % 7}`;
  return `${pod} [${clock}] "- - -" 0 - - - "-" ${numbers} - "-" "-" "-" "-" "10.60.4.21:6379" outbound|6379||cache.shop.svc.cluster.local 10.60.3.${n % 5}:${40_000 + n} 10.61.0.77:6379 10.60.3.${n % 5}:${50_000 + n} - -`;
}

/** Starts of the lines that were read, in their order, and how many of them the lane read. */
function readRun(text: string): { starts: number[]; hits: number } {
  const parser = createLineParser(optionsOf(null));
  const stream = newLane(optionsOf(null)).enter();
  const columns = new LineColumns(stream.templates, 2 * text.split('\n').length);
  const bytes = Buffer.from(text, 'latin1');
  let hits = 0;
  for (let at = 0; at < bytes.length; ) {
    const before = columns.length;
    at = stream.read(bytes, at, bytes.length, columns);
    hits += columns.length - before;
    if (at >= bytes.length) break;
    const newline = bytes.indexOf(NEWLINE, at);
    const next = newline < 0 ? bytes.length : newline + 1;
    let end = newline < 0 ? next : newline;
    if (bytes[end - 1] === CARRIAGE_RETURN) end--;
    const outcome = parser.push(bytes.toString('latin1', at, end), true);
    if (outcome?.kind === 'accepted') columns.add(outcome.line, stream.learn(bytes, at, end, outcome.line));
    at = next;
  }
  const starts = Array.from({ length: columns.length }, (_, i) => lineOf(columns, i).numbers.start_time);
  return { starts, hits };
}

const startOf = (n: number) => 1_709_600_000_000 + 977 * n;
const LINES = 600;
/** Some of them stand at every place among those that are split together. */
const isOdd = (n: number) => n > 60 && n % 13 === 0;

for (const [name, around, isRead] of [
  ['end with a carriage return', (line: string) => `${line}\r`, true],
  ['have one in their middle', (line: string) => line.replace(' 0 ', ' \r '), false],
  ['begin with a tab', (line: string) => `\t${line}`, false],
  ['have nothing but a tab before them', (line: string) => `\t\n${line}`, true],
  ['stand behind an empty one', (line: string) => `\n${line}`, true],
  ['stand behind one of many words', (line: string) => `${'x '.repeat(60)}\n${line}`, true],
  ['stand behind a long one', (line: string) => `${'x'.repeat(2_100)}\n${line}`, true],
  [
    'stand behind one longer than all that is split at once',
    (line: string) => `${'x'.repeat(40_000)}\n${line}`,
    true,
  ],
] as const) {
  t.test(`among lines that are read together, some ${name}`, async (t) => {
    const numbers = Array.from({ length: LINES }, (_, n) => n);
    const text = numbers.map((n) => (isOdd(n) ? around(lineAt(n)) : lineAt(n))).join('\n');
    const { starts, hits } = readRun(text);
    t.strictSame(starts, numbers.filter((n) => isRead || !isOdd(n)).map(startOf));
    t.ok(hits > (LINES * 3) / 4, `${hits} of ${LINES} lines took the lane`);
  });
}
