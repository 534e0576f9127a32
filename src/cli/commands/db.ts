import { Command } from 'commander';
import { backupDatabase, checkDatabase, migrateDatabase, pruneDatabase } from '../../compose/database.ts';
import { SETTINGS } from '../../config.ts';
import { AppError, quoted } from '../../domain/errors.ts';
import { formatTime, HOUR_MS, parseInstant } from '../../domain/time.ts';
import { escapeText } from '../../output/terminal.ts';
import { count } from '../../output/text.ts';
import { settingOption } from '../flags.ts';
import { type Io, note, print } from '../io.ts';
import { describe, type Session } from '../session.ts';
import { configOf } from '../target-flags.ts';

interface Flags {
  readonly db?: string;
}

const HELP = {
  summary: 'Look after a database file: migrate, check, backup, prune',
  examples: [
    ['meshwake db check --db mesh.db', 'is it whole'],
    ['meshwake db backup mesh-backup.db --db mesh.db', 'a copy, also while it is in use'],
    ['meshwake db prune --before 30d --db mesh.db', 'forget what is older than 30 days'],
  ],
  exits: [],
} as const;

export function dbCommand(session: Session): Command {
  const { io } = session;
  const command = describe(new Command('db'), HELP);
  const add = (name: string, summary: string, example: readonly [string, string]): Command => {
    const sub = new Command(name).addOption(settingOption('db'));
    command.addCommand(describe(sub, { summary, examples: [example], exits: [] }));
    return sub;
  };
  add('migrate', 'Bring a database of an older version up to date', [
    'meshwake db migrate --db mesh.db',
    'after an upgrade; does nothing when it is up to date',
  ]).action((flags: Flags) => migrate(pathOf(flags, io), io));
  add('check', 'Read the whole database and say what is wrong with it; changes nothing', [
    'meshwake db check --db mesh.db',
    'ends with 1 when something is wrong',
  ]).action((flags: Flags) => check(pathOf(flags, io), session));
  add('backup', 'Copy a database, whole, also while it is in use', [
    'meshwake db backup mesh-backup.db --db mesh.db',
    'never overwrites a file',
  ])
    .argument('<TARGET>', 'File to write; must not exist')
    .action((target: string, flags: Flags) => backup(pathOf(flags, io), target, io));
  add('prune', 'Delete the connections that started before a time', [
    'meshwake db prune --before 7d --db mesh.db',
    'keep the last week',
  ])
    .requiredOption('--before <TIME>', 'RFC 3339, a date, or a duration back from now such as 7d')
    .action((flags: Flags & { before: string }) => prune(pathOf(flags, io), flags.before, io));
  return command;
}

async function migrate(path: string, io: Io): Promise<void> {
  const { from, to } = await migrateDatabase(path);
  const done = from === to ? `is up to date, schema ${to}` : `was brought from schema ${from} to ${to}`;
  await print(io, `${escapeText(path)} ${done}\n`);
}

async function check(path: string, session: Session): Promise<void> {
  const { ok, problems } = await checkDatabase(path).catch(damaged);
  await print(session.io, `${escapeText(path)}: ${ok ? 'ok' : count(problems.length, 'problem')}\n`);
  for (const problem of problems) await print(session.io, `- ${escapeText(problem)}\n`);
  if (ok) return;
  note(session.io, 'hint: restore a backup, or read the logs again into a new file: no line counts twice');
  session.setExit(1);
}

/** Damage that keeps a database from being opened is what was asked for. Errors: all others. */
function damaged(error: unknown): Awaited<ReturnType<typeof checkDatabase>> {
  if (!(error instanceof AppError) || error.code !== 'db_damaged') throw error;
  return { ok: false, problems: [error.message] };
}

async function backup(path: string, target: string, io: Io): Promise<void> {
  await backupDatabase(path, target);
  await print(io, `${escapeText(path)} was copied to ${escapeText(target)}\n`);
}

async function prune(path: string, before: string, io: Io): Promise<void> {
  const time = parseInstant(before, io.now());
  if (time === null) {
    throw new AppError(
      'bad_parameter',
      `cannot read --before: got ${quoted(before)}, expected RFC 3339, a date, or a duration such as 7d`,
    );
  }
  const { lines } = await pruneDatabase(path, time);
  await print(
    io,
    `${count(lines, 'line')} that started before ${formatTime(wholeHour(time))} deleted from ${escapeText(path)}\n`,
  );
}

function pathOf(flags: Flags, io: Io): string {
  return configOf(flags, io).get('db') ?? SETTINGS.db.default;
}

/** Whole hours are dropped, because the sums of an hour cannot be cut. */
function wholeHour(time: number): number {
  return Math.floor(time / HOUR_MS) * HOUR_MS;
}
