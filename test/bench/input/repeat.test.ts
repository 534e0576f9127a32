import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { repeatLines, roundsUntil } from '../../../bench/input/repeat.ts';
import { readBack } from '../../../bench/simulator/read-back.ts';
import { simulate } from '../../../bench/simulator/simulate.ts';
import { HOUR_MS } from '../../../src/domain/time.ts';

function fileOf(folder: string, lines: readonly string[]): string {
  const file = join(folder, 'lines.log');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

function textsOf(file: string, count: number, skip?: number): string[] {
  const texts: string[] = [];
  for (const { bytes } of repeatLines(file, count, skip)) texts.push(bytes.toString('latin1'));
  return texts.join('').split('\n').slice(0, -1);
}

t.test('gives the file again some hours later, line for line', async (t) => {
  // Two hours, and more than one buffer full of lines.
  const options = { scenario: 'throughput', seed: 4, lines: 6_000, linesPerSecond: 1 } as const;
  const lines = [...simulate(options).lines].map(({ line }) => line);
  const file = fileOf(t.testdir(), lines);
  const twice = textsOf(file, 12_000);
  t.ok(lines.join('\n').length > 1 << 20);
  t.strictSame(twice.slice(0, 6_000), lines);
  const [first, second] = [lines, twice.slice(6_000)].map((part) => part.map(readBack));
  const starts = lines.map((line) => readBack(line)?.start ?? 0);
  const hours = Math.floor(Math.max(...starts) / HOUR_MS) - Math.floor(Math.min(...starts) / HOUR_MS) + 1;
  t.ok(hours > 1 && hours < 24, `${hours} hours`);
  t.strictSame(
    second,
    first?.map((line) => line && { ...line, start: line.start + hours * HOUR_MS }),
  );
});

t.test('gives exactly as many lines as asked for, also in the midst of a round', async (t) => {
  const lines = [...simulate({ scenario: 'throughput', seed: 4, lines: 50 }).lines].map(({ line }) => line);
  const file = fileOf(t.testdir(), lines);
  for (const count of [1, 50, 51, 175]) t.equal(textsOf(file, count).length, count);
  t.strictSame(textsOf(file, 30, 2), textsOf(file, 130).slice(100));
});

t.test('counts lines, and tells the hour of the last', async (t) => {
  const line = (time: string): string => `pod istio-proxy [${time}] "- - -" 0`;
  const file = fileOf(t.testdir(), [line('2026-02-28T22:59:59.999Z'), line('2026-02-28T23:10:00.000Z')]);
  const chunks = [...repeatLines(file, 4)].map(({ count, hour }) => ({
    count,
    hour: new Date(hour).toISOString(),
  }));
  t.strictSame(chunks, [
    { count: 2, hour: '2026-02-28T23:00:00.000Z' },
    { count: 2, hour: '2026-03-01T01:00:00.000Z' },
  ]);
});

t.test('tells which round is the one of a time', async (t) => {
  const lines = [...simulate({ scenario: 'throughput', seed: 4, lines: 50 }).lines].map(({ line }) => line);
  const file = fileOf(t.testdir(), lines);
  const now = Date.UTC(2026, 10, 26, 12, 30);
  const [chunk] = [...repeatLines(file, 50, roundsUntil(file, now))];
  const hours = (now - (chunk?.hour ?? 0)) / HOUR_MS;
  t.ok(hours > -2 && hours < 2, `${hours} hours`);
  t.equal(roundsUntil(file, 0), 0);
});

t.test('an empty file has nothing to repeat', async (t) => {
  t.throws(() => textsOf(fileOf(t.testdir(), []), 1), /no lines to repeat/);
});
