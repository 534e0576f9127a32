/** The part of the page about ingest, in Markdown. */
import { table } from '../accuracy/table.ts';
import { machine, thousands } from '../measure/machine.ts';
import { goals, isMet } from './goals.ts';
import { find, mediansOf, type Result } from './results.ts';

export interface Circumstances {
  readonly command: string;
  /** Lines of the files, ascending. */
  readonly sizes: readonly number[];
  readonly runs: number;
  /** Of a line of the largest plain file. */
  readonly bytesPerLine: number;
  /** What could not be compared, as sentences. */
  readonly missing: readonly string[];
}

const WORK =
  'P parses all fields, S stores on disk, D drops lines that it has already, I finds by address, J pairs, R keeps routes, G counts by group';

export function speedReport(results: readonly Result[], around: Circumstances): string {
  const { command, sizes, runs, bytesPerLine, missing } = around;
  return `Written by \`${command}\`.

${machine()}

Input: simulated lines (\`bench/simulator/\`, scenario \`throughput\`), ${bytesPerLine.toFixed(1)} bytes a line: the text format
of Istio 1.3 behind stern's prefix; 40 % outbound to services, 45 % inbound, 5 % Passthrough, 10 % failures; 200 pods, 60
services, client ports going round, 2 % of the lines late by up to 90 s.

Each figure is of whole processes, start-up included, from the file to a database that is closed: the median of ${runs} runs,
taken in turn (what is much slower than the rest is run once). ${WORK}. Meshwake forces every batch to the disk
(\`synchronous=FULL\`); ClickHouse does not by default. All that pair found exactly the pairs that the file holds.
*Ratio* is how often its time Meshwake's goes into it: above 1, Meshwake needs less.
${missing.map((sentence) => `\n${sentence}\n`).join('')}
${sizes.map((lines) => sizeTable(results, lines)).join('\n')}
### Goals

${table(
  ['what', 'aim', 'reached', 'met'],
  goals(results, sizes).map((goal) => {
    const met = isMet(goal);
    const sign = goal.bound === 'least' ? '≥' : '≤';
    const reached = goal.reached === null ? '-' : goal.reached.toFixed(goal.reached < 100 ? 2 : 0);
    return [goal.what, `${sign} ${goal.aim}`, reached, met === null ? 'not measured' : met ? 'yes' : 'no'];
  }),
)}
`;
}

function sizeTable(results: readonly Result[], lines: number): string {
  const heads = [
    'what',
    'work',
    'lines/s',
    'CPU s per M lines',
    'peak RSS MB',
    'bytes per line on disk',
    'ratio, wall',
    'ratio, CPU',
  ];
  const rows = results.filter((result) => result.lines === lines).map((result) => row(result, results));
  return `### ${thousands(lines)} lines\n\n${table(heads, rows)}\n`;
}

function row(result: Result, all: readonly Result[]): string[] {
  const { wall, cpu, rss, bytes } = mediansOf(result);
  const product = find(all, 'meshwake', result.lines);
  const isNothingRead = result.id === 'start-up';
  return [
    result.name,
    result.work === '' ? '-' : result.work,
    isNothingRead ? `${wall.toFixed(2)} s` : thousands(result.lines / wall),
    isNothingRead ? '-' : ((cpu * 1e6) / result.lines).toFixed(2),
    rss === null ? '-' : rss.toFixed(0),
    bytes === null ? '-' : (bytes / result.lines).toFixed(1),
    product === null ? '-' : (wall / product.wall).toFixed(2),
    product === null ? '-' : (cpu / product.cpu).toFixed(2),
  ];
}
