/** `meshwake get incidents ID --evidence`: all that proves an incident, as one document. */
import { AppError } from '../../domain/errors.ts';
import { evidencePieces } from '../../output/evidence.ts';
import type { GetFlags } from '../get-flags.ts';
import { note, print } from '../io.ts';
import { openSource } from '../open-source.ts';
import type { Session } from '../session.ts';
import { targetOf } from '../target-flags.ts';

/** Errors: `usage` for anything but one incident, `not_found`. */
export async function getEvidence(
  resource: string,
  id: string | null,
  flags: GetFlags,
  { io }: Session,
): Promise<void> {
  if (resource !== 'incidents' || id === null) {
    throw new AppError('usage', 'cannot use --evidence here: it is of one incident', {
      remedy: 'name it: `meshwake get incidents ID --evidence > evidence.json`',
    });
  }
  if (flags.output !== 'table' && flags.output !== 'json')
    throw new AppError('usage', `cannot write evidence as ${flags.output}: it is one JSON document`);
  const { target, token } = await targetOf(flags, io);
  const source = await openSource(target, io, token);
  try {
    const evidence = await source.evidence(id);
    for (const piece of evidencePieces(evidence)) await print(io, piece);
    for (const difference of evidence.differences) note(io, `not the whole of it: ${difference}`);
  } finally {
    await source.close();
  }
}
