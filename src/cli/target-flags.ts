/** The flags that say where the data is, and what follows from them. */
import type { Command } from 'commander';
import { type Config, readConfig, readSize, readTarget, SETTINGS, type Target } from '../config.ts';
import { AppError } from '../domain/errors.ts';
import { settingOption } from './flags.ts';
import type { Io } from './io.ts';
import { readText } from './text-file.ts';

export interface TargetFlags {
  readonly db?: string;
  readonly server?: string;
  readonly tokenFile?: string;
}

interface ServeFlags {
  readonly listen?: string;
  readonly als?: string;
  readonly retention?: string;
  readonly config?: string;
}

export function addTargetOptions(command: Command): void {
  command
    .addOption(settingOption('db'))
    .addOption(settingOption('server'))
    .addOption(settingOption('token_file'));
}

/** The settings of a command, from its flags and the environment. Errors: `usage`. */
export function configOf(flags: TargetFlags & ServeFlags & { readonly diskFloor?: string }, io: Io): Config {
  const { db, server, listen, als, retention, config } = flags;
  const { diskFloor: disk_floor, tokenFile: token_file } = flags;
  const given = { db, server, listen, als, retention, config, disk_floor, token_file };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return readConfig(set, io.env);
}

/** Bytes to leave free on the disk of a database that is written. Errors: `bad_parameter`. */
export function diskFloorOf(config: Config): number {
  return readSize(config.get('disk_floor') ?? SETTINGS.disk_floor.default);
}

/** Errors: `usage`, `bad_parameter`, and those of reading the token file. */
export async function targetOf(
  flags: TargetFlags,
  io: Io,
): Promise<{ readonly target: Target; readonly token: string | null }> {
  const config = configOf(flags, io);
  const target = readTarget(config);
  const file = config.get('token_file');
  return { target, token: target.kind === 'server' && file !== null ? await readToken(file) : null };
}

/** The last word of the first line with a token: a server's token file will do, and so will a file with only a token. */
async function readToken(file: string): Promise<string> {
  const lines = (await readText(file)).split(/\r?\n/);
  const token = lines
    .find((line) => !/^\s*(?:#|$)/.test(line))
    ?.trim()
    .split(/\s+/)
    .at(-1);
  if (token === undefined)
    throw new AppError('bad_parameter', 'cannot use token file: it has no token in it');
  return token;
}
