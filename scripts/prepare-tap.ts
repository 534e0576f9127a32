/**
 * Has tap build its test class for the plugins in `.taprc`, unless it did. As published, tap contains a TypeScript plugin
 * that needs a compiler with a programming interface; tap notices by itself, but only uses the new build from its second
 * run on. Source: docs/decisions/0002-test-runner-and-coverage.md.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const UNWANTED = '@tapjs/typescript';

const tap = dirname(createRequire(import.meta.url).resolve('tap/package.json'));

if (isLoaded(UNWANTED)) process.exitCode = buildTap();

/** Whether the present build of tap's test class imports this plugin. */
function isLoaded(plugin: string): boolean {
  const built = createRequire(join(tap, 'package.json')).resolve('@tapjs/test/test-built');
  return readFileSync(built, 'utf8').includes(`require("${plugin}")`);
}

/** Returns the exit status of `tap build`. Its standard output is progress, and goes where progress goes. */
function buildTap(): number {
  const program = join(tap, 'dist', 'esm', 'run.mjs');
  const cwd = dirname(dirname(fileURLToPath(import.meta.url)));
  const { status, error } = spawnSync(process.execPath, [program, 'build'], { cwd, stdio: ['ignore', 2, 2] });
  if (error !== undefined) throw error;
  return status ?? 1;
}
