/** `meshwake explain`: says whose an address is and where its traffic goes. */
import { parseAsked } from '../../domain/filter.ts';
import { parseFilterOf } from '../../domain/filter-scope.ts';
import type { Explanation } from '../../domain/queries.ts';
import { buildExplanation } from '../../output/report/explanation.ts';
import { renderText } from '../../output/report/text.ts';
import { formatJson } from '../../output/terminal.ts';
import { filtersOf, noteUnknownFlags } from '../flags.ts';
import { note, print, widthOf } from '../io.ts';
import { nothingFound } from '../nothing-found.ts';
import { openSource } from '../open-source.ts';
import { type Session, stdoutPaint } from '../session.ts';
import { type TargetFlags, targetOf } from '../target-flags.ts';

export interface ExplainFlags extends TargetFlags {
  readonly output: 'text' | 'json';
}

export async function explain(address: string, flags: ExplainFlags, session: Session): Promise<void> {
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
