import { Command, Option } from 'commander';
import { parseAsked } from '../../domain/filter.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import type { Explanation } from '../../domain/queries.ts';
import { buildExplanation } from '../../output/report/explanation.ts';
import { renderText } from '../../output/report/text.ts';
import { formatJson } from '../../output/terminal.ts';
import { addFilters, filtersOf, noteUnknownFlags } from '../flags.ts';
import { note, print, widthOf } from '../io.ts';
import { nothingFound } from '../nothing-found.ts';
import { openSource } from '../open-source.ts';
import { describe, type Session, stdoutPaint } from '../session.ts';
import { addTargetOptions, type TargetFlags, targetOf } from '../target-flags.ts';

const HELP = {
  summary: 'Say who owns an address, where its traffic goes and went, from whom, with what result',
  examples: [
    ['meshwake explain 10.233.66.113:5701', 'an address with its port'],
    ['meshwake explain 10.233.66.113 --since 1h', 'all ports, the last hour'],
    ['meshwake explain "[2001:db8::1]:5701" -o json', 'IPv6, for a program'],
  ],
  exits: [],
} as const;

interface Flags extends TargetFlags {
  readonly output: 'text' | 'json';
}

export function explainCommand(session: Session): Command {
  const command = new Command('explain').argument('<ADDRESS>', 'IP address, with or without :PORT');
  addTargetOptions(command);
  command.addOption(
    new Option('-o, --output <FORM>', 'Form of the answer').choices(['text', 'json']).default('text'),
  );
  addFilters(command);
  return describe(command, HELP).action((address: string, flags: Flags) => explain(address, flags, session));
}

async function explain(address: string, flags: Flags, session: Session): Promise<void> {
  const { io } = session;
  const filters = filtersOf({ ...flags });
  // Wrong questions are wrong wherever the data is.
  parseAsked(address);
  parseFilterOf('explanations', filters, io.now());
  noteUnknownFlags(io, filters);
  const { target, token } = await targetOf(flags, io);
  const source = await openSource(target, io, token);
  try {
    const explanation = await source.explain(address, filters);
    const text =
      flags.output === 'json'
        ? `${formatJson(explanation, 2)}\n`
        : renderText(buildExplanation(explanation), stdoutPaint(session), widthOf(io));
    await print(io, text);
    if (isEmpty(explanation)) note(io, await nothingFound('line of this address', filters, source));
  } finally {
    await source.close();
  }
}

/** True when nothing was read that has to do with the address. */
function isEmpty({ pods, owners, routes, diverted_here }: Explanation): boolean {
  return pods.length + owners.length + routes.length + diverted_here.length === 0;
}
