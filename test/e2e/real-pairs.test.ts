/** Connections of real meshes whose two lines somebody matched by hand: each must be found, and nothing beside it. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { openRuntime } from '../../src/compose/local.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { NO_FILTER } from '../../src/domain/filter.ts';
import type { Connection } from '../../src/domain/resources.ts';

/** Not part of the repository: other people's log lines. */
const SAMPLES = fileURLToPath(new URL('../../../shared/samples/real-pairs.ndjson', import.meta.url));
const skip = existsSync(SAMPLES)
  ? false
  : 'the real lines are not here (../shared/samples/real-pairs.ndjson)';

interface RealPair {
  readonly outbound: string;
  readonly inbound: string;
}

t.test('every real pair is found, and no other', { skip }, async (t) => {
  const pairs = readPairs();
  t.ok(pairs.length > 0);
  for (const order of ['as given', 'servers first'] as const) {
    const lines = pairs.flatMap(({ outbound, inbound }) => [outbound, inbound]);
    const found = await pairsOf(order === 'as given' ? lines : lines.toReversed());
    const named = pairs
      .map(({ outbound, inbound }) => [nameOf(outbound), nameOf(inbound)].join(' with '))
      .sort();
    t.strictSame(found, named, order);
  }
});

t.test('a real pair is found whichever half comes first, also alone', { skip }, async (t) => {
  for (const { outbound, inbound } of readPairs()) {
    const named = [[nameOf(outbound), nameOf(inbound)].join(' with ')];
    t.strictSame(await pairsOf([outbound, inbound]), named);
    t.strictSame(await pairsOf([inbound, outbound]), named);
    t.strictSame(await pairsOf([outbound]), []);
    t.strictSame(await pairsOf([inbound]), []);
  }
});

function readPairs(): RealPair[] {
  const lines = readFileSync(SAMPLES, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as RealPair);
}

async function pairsOf(lines: readonly string[]): Promise<string[]> {
  const runtime = await openRuntime({ db: null, mode: 'write', now: () => Date.UTC(2026, 5, 1) });
  try {
    const stream = runtime.newIngest({ format: null, identity: NO_IDENTITY });
    await stream.write(Buffer.from(lines.map((line) => `${line}\n`).join('')));
    await stream.end();
    const { items } = await runtime.analysis.pairs(NO_FILTER, { limit: 100, cursor: null });
    return items.map(({ outbound, inbound }) => [told(outbound), told(inbound)].join(' with ')).sort();
  } finally {
    await runtime.close();
  }
}

function told({ pod, start_time, downstream_remote_address }: Connection): string {
  return [pod, start_time, downstream_remote_address].join(' ');
}

/** Pod, start and remote address of a line of text as stern prints it. */
function nameOf(line: string): string {
  const pod = line.slice(0, line.indexOf(' '));
  const start = /\[(\S+)\]/.exec(line)?.[1];
  const remote = line.split(' ').at(-3);
  return [pod, start, remote].join(' ');
}
