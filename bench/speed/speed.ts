/** `npm run bench -- speed`: ingest, the product and its peers in turn on the same files. */
import { type Flags, readFlags } from '../flags.ts';
import { generateInput, type Input, type Variant } from '../input/generate.ts';
import type { Workshop } from '../measure/workshop.ts';
import { DATABASES, defaultPeersFolder, installPeers, type PeerPackage } from '../peers/install.ts';
import { type Contender, contenders } from './contenders.ts';
import { speedReport } from './report.ts';
import type { Result } from './results.ts';

export const SPEED_FLAGS = {
  lines: '1000000,5000000',
  seed: '1',
  runs: '3',
  only: '',
  peers: '',
  'no-peers': false,
};

/** Returns the part of the page. */
export async function speed(args: readonly string[], workshop: Workshop): Promise<string> {
  const flags = readFlags(args, { ...SPEED_FLAGS, ...workshop.flags });
  const sizes = flags.counts('lines').toSorted((a, b) => a - b);
  const peersFolder = flags.text('peers') || defaultPeersFolder(process.env);
  const peers = flags.isSet('no-peers')
    ? new Set<PeerPackage>()
    : installPeers(peersFolder, DATABASES, workshop.tell);
  const all = contenders({ folder: workshop.folder, peersFolder, peers });
  const only = flags.names(
    'only',
    all.map(({ id }) => id),
  );
  const list = all.filter(({ id }) => only.length === 0 || only.includes(id));
  const inputs = new Map<string, Input>();
  const inputOf = (variant: Variant, lines: number): Input => {
    const key = `${variant} ${lines}`;
    const input =
      inputs.get(key) ?? generateInput({ variant, lines, seed: flags.count('seed') }, workshop.inputs);
    inputs.set(key, input);
    return input;
  };
  const results: Result[] = [];
  for (const [index, lines] of sizes.entries()) {
    // What is slow, and other formats, are compared on the smallest file alone.
    const here = list.filter(({ slow, variant }) => index === 0 || (!slow && variant === 'plain'));
    results.push(...(await measure(here, lines, inputOf, flags, workshop)));
  }
  const largest = inputOf('plain', sizes.at(-1) ?? 0);
  return speedReport(results, {
    command: `npm run bench -- speed --lines ${flags.text('lines')} --seed ${flags.text('seed')} --runs ${flags.text('runs')}`,
    sizes,
    runs: flags.count('runs'),
    bytesPerLine: largest.bytes / largest.lines,
    missing:
      peers.size === DATABASES.length
        ? []
        : ['Not all peers could be installed on this machine, so that some are missing.'],
  });
}

/** Runs in turn, so that what else the machine does meets all of them alike. */
async function measure(
  list: readonly Contender[],
  lines: number,
  inputOf: (variant: Variant, lines: number) => Input,
  flags: Flags,
  { tell }: Workshop,
): Promise<Result[]> {
  const results = list.map((contender) => ({ contender, runs: [] as Result['runs'][number][] }));
  const rounds = flags.count('runs');
  for (let round = 0; round < rounds; round++) {
    for (const { contender, runs } of results) {
      if (contender.slow && round > 0) continue;
      const run = await contender.run(inputOf(contender.variant, lines));
      runs.push(run);
      tell(
        `${lines} lines, ${round + 1}/${rounds}, ${contender.id}: ${run.wall.toFixed(2)} s, ${run.cpu.toFixed(2)} s of CPU`,
      );
    }
  }
  return results.map(({ contender: { id, name, work }, runs }) => ({ id, name, work, lines, runs }));
}
