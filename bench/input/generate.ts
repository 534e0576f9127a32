/** The files that speed is measured on. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimulationOptions } from '../simulator/options.ts';
import type { Truth } from '../simulator/truth.ts';

const SIMULATOR = fileURLToPath(new URL('../simulator/main.ts', import.meta.url));

/** Flags of the simulator. All are the same mesh, but for `http`. */
const VARIANTS = {
  /** Text of one Istio version behind stern's prefix. */
  plain: ['--scenario', 'throughput'],
  /** The same, and forty pods an hour are replaced by others: twice as many kinds of connections. */
  replaced: ['--scenario', 'throughput', '--replaced-per-hour', '40'],
  /** Texts of two versions, and JSON, each pod in one of them. */
  mixed: ['--scenario', 'throughput', '--other-format-rate', '0.66'],
  /** Each line wrapped in an object, as `stern -o json` does. */
  json: ['--scenario', 'throughput', '--envelope', 'stern-json'],
  /** Requests instead of connections. */
  http: ['--scenario', 'http_throughput'],
} as const;
export type Variant = keyof typeof VARIANTS;
export const VARIANT_NAMES = Object.keys(VARIANTS) as Variant[];

export interface Input {
  readonly file: string;
  readonly lines: number;
  readonly bytes: number;
  /** Pairs whose addresses agree on both sides: what a join over both finds. */
  readonly pairsByKey: number;
  /** All pairs that the lines tell of. */
  readonly pairs: number;
}

export interface InputPlan {
  readonly variant: Variant;
  readonly lines: number;
  readonly seed: number;
}

/** Writes the file, unless the folder has it from an earlier run. Errors: `Error` when the simulator fails. */
export function generateInput({ variant, lines, seed }: InputPlan, folder: string): Input {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${variant}-${lines}-${seed}.log`);
  const truthFile = join(folder, `${variant}-${lines}-${seed}.truth.json`);
  if (!existsSync(file) || !isOf(truthFile, { variant, lines, seed })) {
    const part = `${file}.part`;
    const flags = ['--lines', String(lines), '--seed', String(seed), '--out', part, '--truth', truthFile];
    const { status } = spawnSync(
      process.execPath,
      ['--import', 'tsx', SIMULATOR, ...VARIANTS[variant], ...flags],
      {
        stdio: 'inherit',
      },
    );
    if (status !== 0) throw new Error(`the simulator ended with ${status}`);
    renameSync(part, file);
  }
  const { pairs } = JSON.parse(readFileSync(truthFile, 'utf8')) as Truth;
  return {
    file,
    lines,
    bytes: statSync(file).size,
    pairsByKey: pairs.full,
    pairs: Object.entries(pairs).reduce((sum, [kind, count]) => sum + (kind === 'untold' ? 0 : count), 0),
  };
}

function isOf(truthFile: string, { variant, lines, seed }: InputPlan): boolean {
  if (!existsSync(truthFile)) return false;
  const { options } = JSON.parse(readFileSync(truthFile, 'utf8')) as { options: SimulationOptions };
  const replaced = variant === 'replaced' ? 40 : 0;
  return options.lines === lines && options.seed === seed && options.replacedPerHour === replaced;
}
