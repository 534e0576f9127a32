/** Whether lines that were read back tell the incident that their document tells. */
import { differencesOf } from '../domain/evidence.ts';
import type { Analysis } from '../domain/queries.ts';
import { escapeText } from '../output/terminal.ts';
import type { ToldIncident } from './evidence-file.ts';
import { type Io, note } from './io.ts';

/** Says whether it is the same, and what differs. */
export async function tellEvidence(
  told: ToldIncident,
  analysis: Pick<Analysis, 'incident'>,
  io: Io,
): Promise<void> {
  const name = `incident ${escapeText(told.id).slice(0, 120)}`;
  const differences = differencesOf(told, await analysis.incident(told.id), 'the lines that were read');
  if (differences.length === 0) note(io, `${name} is told the same as in the document of evidence`);
  for (const difference of differences)
    note(io, `${name} is told otherwise than in the document of evidence: ${escapeText(difference)}`);
}
