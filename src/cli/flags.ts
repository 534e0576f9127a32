/** Flags that several commands have, each written down once. */
import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { envName, SETTINGS, type SettingName } from '../config.ts';
import { type Identity, NO_IDENTITY } from '../domain/entry.ts';
import { quoted } from '../domain/errors.ts';
import { FILTER_NAMES, type FilterName } from '../domain/filter.ts';
import { isKnownFlag } from '../domain/filter-values.ts';
import { SEVERITIES, STATES, VERDICTS } from '../domain/resources.ts';
import { type Io, note } from './io.ts';
import { readText } from './text-file.ts';

/** A flag of `config.ts`; its default and its variable stand in the help. */
export function settingOption(name: SettingName): Option {
  const setting = SETTINGS[name];
  const value = setting.default === null ? '' : `, default ${setting.default}`;
  return new Option(
    `--${setting.flag} <${setting.value}>`,
    `${setting.description} (environment ${envName(setting.flag)}${value})`,
  );
}

/** `--name VALUE…`, given any number of times; the values are alternatives. */
export function repeatableOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
}

const FILTER_HELP: Readonly<Record<FilterName, readonly [value: string, description: string]>> = {
  since: ['TIME', 'Started at or after: RFC 3339, or a duration back from now such as 15m, 1h, 7d'],
  until: ['TIME', 'Started before; as --since'],
  pod: ['NAME', 'Pod that wrote the line; `*` matches within a name'],
  namespace: ['NAME', 'Namespace of that pod'],
  workload: ['NAME', 'Workload of that pod'],
  node: ['NAME', 'Node of that pod'],
  source: ['IP[:PORT]', 'Address that the connection came from'],
  destination: ['IP[:PORT]', 'Address that the client dialled'],
  port: ['PORT', 'Port that the client dialled'],
  upstream_cluster: ['NAME', 'Envoy cluster that the connection was sent to'],
  state: ['STATE', `Routing: ${STATES.join(', ')}`],
  response_flag: ['FLAG', 'Short name of a response flag, for example UF'],
  direction: ['DIRECTION', 'outbound, inbound or unknown'],
  kind: ['KIND', 'tcp or http for lines; kind of a pair or a shift'],
  verdict: ['VERDICT', `Pairing, of connections and pairs: ${VERDICTS.join(', ')}`],
  diagnosis: ['NAME', 'Diagnosis of an incident, for example catch_all_capture'],
  severity: ['SEVERITY', `One of ${SEVERITIES.join(', ')}`],
};
const SHORT: Partial<Record<FilterName, string>> = { namespace: '-n', since: '-s' };

/** Adds filters of the API as flags: every one, or those that say something here. */
export function addFilters(command: Command, names: readonly FilterName[] = FILTER_NAMES): void {
  for (const name of names) {
    const [value, description] = FILTER_HELP[name];
    const short = SHORT[name] === undefined ? '' : `${SHORT[name]}, `;
    command.addOption(repeatableOption(`${short}--${name.replaceAll('_', '-')} <${value}>`, description));
  }
}

/** The filters among parsed flags, under the names of the API. */
export function filtersOf(options: Readonly<Record<string, unknown>>): Record<string, readonly string[]> {
  const filters: Record<string, readonly string[]> = {};
  for (const name of FILTER_NAMES) {
    const given = options[camelCase(name)];
    if (Array.isArray(given)) filters[name] = given;
  }
  return filters;
}

/** Says which response flags asked for are none that we know: a newer Envoy may have them, or they are misspelt. */
export function noteUnknownFlags(io: Io, filters: Readonly<Record<string, readonly string[]>>): void {
  for (const flag of filters.response_flag ?? []) {
    if (isKnownFlag(flag)) continue;
    note(
      io,
      `warning: response flag ${quoted(flag)} is none that this version knows; only lines that have it are shown`,
    );
  }
}

/** Flags that say how to read lines; of `analyze` and `ingest`. */
export function addReadOptions(command: Command): void {
  command
    .option('--format <FORMAT|FILE>', "A log format of one's own: an Envoy format string, or a file with one")
    .option('--pod <NAME>', 'Pod that wrote the lines, where they do not tell')
    .option('-n, --namespace <NAME>', 'Namespace of that pod')
    .option('--container <NAME>', 'Container that wrote the lines')
    .option('--node <NAME>', 'Node of that pod');
}

export interface ReadFlags {
  readonly format?: string;
  readonly pod?: string;
  readonly namespace?: string;
  readonly container?: string;
  readonly node?: string;
}

/** Errors: `file_unreadable`. */
export async function readOptionsOf(
  flags: ReadFlags,
): Promise<{ format: string | null; identity: Identity }> {
  const { pod = null, namespace = null, container = null, node = null } = flags;
  const named = pod ?? namespace ?? container ?? node;
  return {
    format: flags.format === undefined ? null : await readFormat(flags.format),
    identity: named === null ? NO_IDENTITY : { pod, namespace, container, node },
  };
}

/** A format string is taken for a file only when there is such a file. */
async function readFormat(format: string): Promise<string> {
  return format.includes('\n') || !existsSync(format)
    ? format
    : (await readText(format)).replace(/\r?\n$/, '');
}

/** `--upstream_cluster` is taken for `--upstream-cluster`: the API's names can be typed as they are. */
export function normalizeFlags(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((argument, index) => {
    if (!argument.startsWith('--') || (end >= 0 && index >= end)) return argument;
    const equals = argument.indexOf('=');
    const name = equals < 0 ? argument : argument.slice(0, equals);
    return name.replaceAll('_', '-') + argument.slice(name.length);
  });
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
