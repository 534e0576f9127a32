import type { Outcome } from '../../src/domain/entry.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { formatName } from '../../src/domain/format-name.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';

/** All outcomes of lines read by one parser. */
export function readAll(lines: readonly string[], format: string | null = null): Outcome[] {
  const parser = createLineParser({ format, identity: NO_IDENTITY });
  const outcomes = lines.map((line) => parser.push(line, true));
  for (let last = parser.end(); last !== null; last = parser.end()) outcomes.push(last);
  return outcomes.filter((outcome) => outcome !== null);
}

/** What became of one line by itself, in a word: `accepted FORMAT ENVELOPE`, or `KIND REASON`. */
export function verdict(line: string, format: string | null = null): string {
  const outcomes = readAll([line], format);
  return outcomes.map(inAWord).join('; ');
}

function inAWord(outcome: Outcome): string {
  if (outcome.kind === 'accepted')
    return `accepted ${formatName(outcome.line.format)} ${outcome.line.envelope}`;
  return `${outcome.kind} ${outcome.reason}`;
}
