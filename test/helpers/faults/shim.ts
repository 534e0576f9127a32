/** Builds what stands between a process and its disk. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('disk.c', import.meta.url));
const COMPILERS = ['cc', 'gcc', 'clang'];

/** Why it cannot be built here; false where it can. */
export const NO_SHIM: string | false = reason();

function reason(): string | false {
  if (process.platform !== 'linux') return 'LD_PRELOAD is for Linux';
  return compiler() === undefined ? 'there is no C compiler here' : false;
}

function compiler(): string | undefined {
  return COMPILERS.find((name) => spawnSync(name, ['--version']).error === undefined);
}

export type Call = 'open' | 'write' | 'truncate' | 'sync' | 'unlink';

/** What is to happen to the files of a folder; `nth` counts calls on names that end in `suffix`, from 1. */
export interface Faults {
  readonly folder: string;
  readonly trace?: string;
  readonly error?: {
    readonly call: Call;
    readonly suffix: string;
    readonly nth: number;
    readonly errno: number;
  };
  readonly kill?: {
    readonly call: Call;
    readonly suffix: string;
    readonly nth: number;
    readonly when: 'before' | 'after';
  };
  readonly slow?: { readonly call: Call; readonly suffix: string; readonly ms: number };
}

export const ERRNO = { EIO: 5, ENOSPC: 28 } as const;

/** Builds the shim for the length of a test; answers the environment that brings faults about. */
export function buildShim(t: {
  teardown(work: () => void): void;
}): (faults: Faults) => Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'meshwake-shim-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const library = join(folder, 'disk.so');
  const args = ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl', '-lpthread'];
  const { status, stderr } = spawnSync(compiler() ?? 'cc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot build ${SOURCE}: ${stderr}`);
  return ({ folder: watched, trace, error, kill, slow }) => ({
    LD_PRELOAD: library,
    FAULT_DIR: watched,
    ...(trace === undefined ? {} : { FAULT_TRACE: trace }),
    ...(error === undefined
      ? {}
      : { FAULT_ERROR: [error.call, error.suffix, error.nth, error.errno].join(':') }),
    ...(kill === undefined ? {} : { FAULT_KILL: [kill.call, kill.suffix, kill.nth, kill.when].join(':') }),
    ...(slow === undefined ? {} : { FAULT_SLOW: [slow.call, slow.suffix, slow.ms].join(':') }),
  });
}
