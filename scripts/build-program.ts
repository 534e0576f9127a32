/** Builds programs: an entry and all that it imports as few files, since each module takes time to be found and loaded. */
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';

/** What is started by its path: the command, and its threads. */
const ENTRIES = [
  'cli/main',
  'compose/writing-thread',
  'compose/storing-thread',
  'compose/summing-thread',
  'compose/answering-thread',
];

const OPTIONS = {
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Beside the files, for whoever looks for a function in the sources.
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Writes the entries to the same places below `target`, and what they share to `program/`. Answers what is in which file.
 * Errors: what does not compile.
 */
export async function buildProgram(source: string, target: string): Promise<Metafile> {
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: ENTRIES.map((name) => join(source, `${name}.ts`)),
    outbase: source,
    outdir: target,
    splitting: true,
    // One folder down, as is everything that looks for files of the package: `domain/package-files.ts`.
    chunkNames: 'program/[name]-[hash]',
    metafile: true,
  });
  return metafile;
}

/** Writes one module and all that it imports to one file. Errors: what does not compile. */
export async function buildModule(entry: string, target: string): Promise<void> {
  await build({ ...OPTIONS, entryPoints: [entry], outfile: target });
}
