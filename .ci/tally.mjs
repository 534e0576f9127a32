/**
 * Counts the test cases in a TAP file and judges the run.
 * Usage: node .ci/tally.mjs FILE STATUS, where STATUS is the exit status of the test command.
 * A case is an innermost named test, whose assertions are not counted one by one, or an assertion that stands beside
 * such tests. A skipped or to-do point counts as skipped, wherever it stands.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const POINT = /^( *)(not )?ok\b(?: \d+)?(?: - )?(.*)$/;
const DIRECTIVE = /(?:^| )# (SKIP|TODO)\b\s*(.*?)$/i;

/** Counts in TAP text. Shape: counts, and the names of what failed and of what was skipped without a reason. */
export function tally(text) {
  const roots = parsePoints(text);
  const counts = { passed: 0, failed: 0, skipped: 0, broken: [], unexplained: [] };
  for (const root of roots) countCases(root, '', counts);
  return counts;
}

/** Says what is wrong with a run, as sentences; none when all is well. */
export function judge({ passed, failed, broken, unexplained }, status) {
  const problems = [
    ...broken.map((name) => `failed: ${name}`),
    ...unexplained.map((name) => `skipped without a reason: ${name}`),
  ];
  if (passed + failed === 0) problems.push('no test ran');
  if (status !== 0 && failed === 0) problems.push(`the test command ended with status ${status}`);
  return problems;
}

/** Reads test points into trees: the points of a subtest stand before its own line, indented by four more. */
function parsePoints(text) {
  const levels = [[]];
  for (const { depth, ok, rest } of pointLines(text)) {
    const point = { ok, ...splitDirective(rest), children: levels[depth + 1] ?? [] };
    levels.length = Math.min(levels.length, depth + 1);
    levels[depth] ??= [];
    levels[depth].push(point);
  }
  return levels[0];
}

/** Yields the lines that are test points, without what stands in diagnostic blocks. */
function* pointLines(text) {
  let block = null;
  for (const line of text.split('\n')) {
    if (block !== null) {
      if (line === `${block}...`) block = null;
      continue;
    }
    const opening = /^( *)---$/.exec(line);
    if (opening !== null) block = opening[1];
    const match = POINT.exec(line);
    if (match !== null && match[1].length % 4 === 0) {
      yield { depth: match[1].length / 4, ok: match[2] === undefined, rest: match[3].trimEnd() };
    }
  }
}

function splitDirective(rest) {
  const text = rest.replace(/ # time=[\d.]+m?s$/, '');
  const match = DIRECTIVE.exec(text);
  if (match === null) return { name: text, directive: null, reason: '' };
  return { name: text.slice(0, match.index), directive: match[1].toUpperCase(), reason: match[2] };
}

function countCases(point, parent, counts) {
  const name = parent === '' ? point.name : `${parent} > ${point.name}`;
  if (point.directive !== null) {
    counts.skipped += 1;
    if (point.reason === '' || point.reason === 'no tests found') counts.unexplained.push(name);
  } else if (point.children.some((child) => child.children.length > 0)) {
    countInside(point, name, counts);
  } else {
    countInnermost(point, name, counts);
  }
}

/** Counts a test that has tests inside: a file, mostly. */
function countInside(point, name, counts) {
  const before = counts.failed;
  for (const child of point.children) countCases(child, name, counts);
  // One that fails by itself, such as by a timeout, has no failed case to show for it.
  if (!point.ok && counts.failed === before) countFailed(name, counts);
}

/** Counts a test that has nothing but assertions inside, or a lone assertion, as one case. */
function countInnermost(point, name, counts) {
  const skipped = point.children.filter((child) => child.directive !== null);
  for (const child of skipped) countCases(child, name, counts);
  const nothingRan = skipped.length > 0 && skipped.length === point.children.length;
  if (!point.ok) countFailed(name, counts);
  else if (!nothingRan) counts.passed += 1;
}

function countFailed(name, counts) {
  counts.failed += 1;
  counts.broken.push(name);
}

function main([path, status]) {
  const counts = tally(readFileSync(path, 'utf8'));
  const problems = judge(counts, Number(status));
  for (const problem of problems) console.error(problem);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2));
}
