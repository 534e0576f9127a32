/**
 * Builds `dist/` from `src/`: checks the types, and bundles the program and the web page.
 * The work is done in a directory beside it, which takes the place of `dist/` only when everything went well: a failed
 * build leaves the last good one alone, and no file of an older build stays.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram } from './build-program.ts';
import { buildWeb } from './build-web.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const src = join(root, 'src');
const web = join(src, 'web');
const dist = join(root, 'dist');
const staging = join(root, `dist.${process.pid}`);

await build();

async function build(): Promise<void> {
  try {
    const status = checkTypes();
    if (status !== 0) {
      process.exitCode = status;
      return;
    }
    mkdirSync(staging);
    await buildProgram(src, staging);
    await buildWeb(web, join(staging, 'web'));
    makeExecutable(join(staging, 'cli', 'main.js'));
    replaceDist();
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Runs the compiler, which writes nothing; returns its exit status. */
function checkTypes(): number {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', join(root, 'tsconfig.build.json')];
  const { status, error } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status ?? 1;
}

function makeExecutable(path: string): void {
  if (existsSync(path)) chmodSync(path, 0o755);
}

function replaceDist(): void {
  const old = `${staging}.old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(staging, dist);
  rmSync(old, { recursive: true, force: true });
}
