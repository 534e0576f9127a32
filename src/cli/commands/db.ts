import { Command } from 'commander';
import type { DbFlags } from '../actions/db.ts';
import { settingOption } from '../flags.ts';
import { describe, type Session } from '../session.ts';

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
  const command = describe(new Command('db'), HELP);
  const add = (name: string, summary: string, example: readonly [string, string]): Command => {
    const sub = new Command(name).addOption(settingOption('db'));
    command.addCommand(describe(sub, { summary, examples: [example], exits: [] }));
    return sub;
  };
  add('migrate', 'Bring a database of an older version up to date', [
    'meshwake db migrate --db mesh.db',
    'after an upgrade; does nothing when it is up to date',
  ]).action(async (flags: DbFlags) => (await actions()).migrate(flags, session));
  add('check', 'Read the whole database and say what is wrong with it; changes nothing', [
    'meshwake db check --db mesh.db',
    'ends with 1 when something is wrong',
  ]).action(async (flags: DbFlags) => (await actions()).check(flags, session));
  add('backup', 'Copy a database, whole, also while it is in use', [
    'meshwake db backup mesh-backup.db --db mesh.db',
    'never overwrites a file',
  ])
    .argument('<TARGET>', 'File to write; must not exist')
    .action(async (target: string, flags: DbFlags) => (await actions()).backup(target, flags, session));
  add('prune', 'Delete the connections that started before a time', [
    'meshwake db prune --before 7d --db mesh.db',
    'keep the last week',
  ])
    .requiredOption('--before <TIME>', 'RFC 3339, a date, or a duration back from now such as 7d')
    .action(async (flags: DbFlags & { before: string }) =>
      (await actions()).prune(flags.before, flags, session),
    );
  return command;
}

const actions = () => import('../actions/db.ts');
