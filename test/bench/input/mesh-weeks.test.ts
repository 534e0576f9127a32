import t from 'tap';
import { MESH_START, meshWeeks } from '../../../bench/input/mesh-weeks.ts';
import { openRuntime } from '../../../src/compose/local.ts';
import { NO_IDENTITY, type ParsedLine } from '../../../src/domain/entry.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import { createLineParser } from '../../../src/parse/line-parser.ts';

const DAY = 86_400_000;

function textOf(seed: number): string {
  return [...meshWeeks({ lines: 6_000, days: 3, seed })]
    .map(({ bytes }) => bytes.toString('latin1'))
    .join('');
}

t.test('the same seed gives the same mesh, as many lines as are asked for, over its days', async (t) => {
  const text = textOf(1);
  t.equal(textOf(1), text);
  t.not(textOf(2), text);
  const lines = text.trimEnd().split('\n');
  t.ok(Math.abs(lines.length - 6_000) <= 1, `${lines.length} lines`);
  const times = lines.map((line) => Date.parse(/\[(\S+)\]/.exec(line)?.[1] ?? ''));
  t.ok((times[0] ?? 0) >= MESH_START && (times.at(-1) ?? 0) < MESH_START + 3 * DAY);
  t.ok((times.at(-1) ?? 0) > MESH_START + 2.9 * DAY);
});

t.test('both ends of a connection are there', async (t) => {
  const parser = createLineParser({ format: null, identity: NO_IDENTITY });
  const parsed: ParsedLine[] = textOf(1)
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const outcome = parser.push(line, true);
      return outcome?.kind === 'accepted' ? [outcome.line] : [];
    });
  const runtime = await openRuntime({ db: null, mode: 'write', now: () => MESH_START + 3 * DAY });
  t.teardown(() => runtime.close());
  await runtime.store.append(columnsOf(parsed), []);
  const { lines, pairs } = await runtime.store.counts();
  t.ok(lines >= 5_999, 'every line is read');
  // All but those that fail, which nobody answers.
  t.ok(pairs > 0.98 * (lines / 2), `${pairs} pairs of ${lines} lines`);
});
