/** The examples of a page: blocks marked `console`, in which lines with `$ ` are commands and the rest is their output. */
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM, ROOT } from './cli.ts';

export interface Example {
  readonly command: string;
  readonly output: readonly string[];
}

export function readExamples(markdown: string): Example[] {
  const blocks = [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '');
  return blocks.flatMap((block) => {
    const examples: { command: string; output: string[] }[] = [];
    for (const line of block.replace(/\n$/, '').split('\n')) {
      if (line.startsWith('$ ')) examples.push({ command: line.slice(2), output: [] });
      else examples.at(-1)?.output.push(line);
    }
    return examples;
  });
}

/** Makes an empty directory look like the clone to a command: with the samples, and `npx meshwake` that runs this program. */
export function prepareClone(directory: string): { readonly PATH: string } {
  const program = [process.execPath, ...PROGRAM];
  const npx = join(directory, 'npx');
  writeFileSync(npx, `#!/bin/sh\nshift\nexec ${program.map((word) => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(npx, 0o755);
  symlinkSync(join(ROOT, 'samples'), join(directory, 'samples'));
  return { PATH: `${directory}:${process.env.PATH}` };
}
