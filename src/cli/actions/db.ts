/** `meshwake db`: looks after a database file. */
import { backupDatabase, checkDatabase, migrateDatabase, pruneDatabase } from '../../compose/database.ts';
import { SETTINGS } from '../../config.ts';
import { AppError, quoted } from '../../domain/errors.ts';
import { formatTime, HOUR_MS, parseInstant } from '../../domain/time.ts';
import { escapeText } from '../../output/terminal.ts';
import { count } from '../../output/text.ts';
import { type Io, note, print } from '../io.ts';
import type { Session } from '../session.ts';
import { configOf } from '../target-flags.ts';

export interface DbFlags {
  readonly db?: string;
}

export async function migrate(flags: DbFlags, { io }: Session): Promise<void> {
  const path = pathOf(flags, io);
  const { from, to } = await migrateDatabase(path);
  const done = from === to ? `is up to date, schema ${to}` : `was brought from schema ${from} to ${to}`;
  await print(io, `${escapeText(path)} ${done}\n`);
}

export async function check(flags: DbFlags, session: Session): Promise<void> {
  const path = pathOf(flags, session.io);
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

export async function backup(target: string, flags: DbFlags, { io }: Session): Promise<void> {
  const path = pathOf(flags, io);
  await backupDatabase(path, target);
  await print(io, `${escapeText(path)} was copied to ${escapeText(target)}\n`);
}

export async function prune(before: string, flags: DbFlags, { io }: Session): Promise<void> {
  const path = pathOf(flags, io);
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

function pathOf(flags: DbFlags, io: Io): string {
  return configOf(flags, io).get('db') ?? SETTINGS.db.default;
}

/** Whole hours are dropped, because the sums of an hour cannot be cut. */
function wholeHour(time: number): number {
  return Math.floor(time / HOUR_MS) * HOUR_MS;
}
