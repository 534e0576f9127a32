/** A command, what goes in and what comes out: for people to read, for a test to run. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './cli.ts';

export interface Case {
  /** What the case shows. */
  readonly shows: string;
  readonly command: readonly string[];
  /** Lines of standard input; null for none. */
  readonly stdin: readonly string[] | null;
  /** Lines written; `…` alone stands for any number of lines, `…` inside a line for anything. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly exit: number;
}

export function readCases(): { readonly name: string; readonly test: Case }[] {
  const directory = join(ROOT, 'test', 'cases');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, test: JSON.parse(readFileSync(join(directory, name), 'utf8')) }));
}

/** Where text departs from what was expected: the first line that differs, or null. */
export function differs(text: string, expected: readonly string[]): string | null {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  return match(lines, expected) ? null : `got:\n${lines.join('\n')}\nexpected:\n${expected.join('\n')}`;
}

function match(lines: readonly string[], expected: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return lines.length === 0;
  if (first === '…') {
    for (let skip = 0; skip <= lines.length; skip++) if (match(lines.slice(skip), rest)) return true;
    return false;
  }
  const [line, ...others] = lines;
  return line !== undefined && matchLine(line, first) && match(others, rest);
}

function matchLine(line: string, expected: string): boolean {
  const parts = expected.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'u').test(line);
}
