import { Command, Option } from 'commander';
import type { ExplainFlags } from '../actions/explain.ts';
import { addFilters } from '../flags.ts';
import { describe, type Session } from '../session.ts';
import { addTargetOptions } from '../target-flags.ts';

const HELP = {
  summary: 'Say who owns an address, where its traffic goes and went, from whom, with what result',
  examples: [
    ['meshwake explain 10.233.66.113:5701', 'an address with its port'],
    ['meshwake explain 10.233.66.113 --since 1h', 'all ports, the last hour'],
    ['meshwake explain "[2001:db8::1]:5701" -o json', 'IPv6, for a program'],
  ],
  exits: [],
} as const;

export function explainCommand(session: Session): Command {
  const command = new Command('explain').argument('<ADDRESS>', 'IP address, with or without :PORT');
  addTargetOptions(command);
  command.addOption(
    new Option('-o, --output <FORM>', 'Form of the answer').choices(['text', 'json']).default('text'),
  );
  addFilters(command);
  return describe(command, HELP).action(async (address: string, flags: ExplainFlags) => {
    const { explain } = await import('../actions/explain.ts');
    await explain(address, flags, session);
  });
}
