/** `meshwake ingest`: appends lines to a database, or sends them to a server. */
import { withIngestRuntime } from '../../compose/ingest-runtime.ts';
import { tallySentence } from '../../output/report/counts.ts';
import { formatJson } from '../../output/terminal.ts';
import { type ReadFlags, readOptionsOf } from '../flags.ts';
import { areFiles, checkInputs } from '../input.ts';
import { interruptOf, note, print } from '../io.ts';
import { readLines } from '../read-lines.ts';
import { createClient } from '../remote.ts';
import { sendLines } from '../send-lines.ts';
import type { Session } from '../session.ts';
import { noteRejects, nothingRead, nothingUsable, type TotalTally } from '../tally.ts';
import { configOf, diskFloorOf, type TargetFlags, targetOf } from '../target-flags.ts';

export interface IngestFlags extends ReadFlags, TargetFlags {
  readonly diskFloor?: string;
  readonly output: 'text' | 'json';
  readonly retryFor: number;
}

export async function ingest(files: readonly string[], flags: IngestFlags, session: Session): Promise<void> {
  const { io } = session;
  const inputs = await checkInputs(files, io);
  const tally = await deliver(inputs, flags, session);
  noteRejects(io, tally);
  note(io, tallySentence(tally));
  if (flags.output === 'json') await print(io, `${formatJson(tally)}\n`);
  const interrupt = interruptOf(io);
  if (interrupt !== null) session.setExit(interrupt.exit);
  else if (nothingRead(tally)) {
    throw nothingUsable(tally);
  }
}

async function deliver(inputs: readonly string[], flags: IngestFlags, { io }: Session): Promise<TotalTally> {
  const options = await readOptionsOf(flags);
  const { target, token } = await targetOf(flags, io);
  if (target.kind === 'server') {
    return sendLines(inputs, { ...options, retryFor: flags.retryFor }, createClient(target.url, token), io);
  }
  const diskFloor = diskFloorOf(configOf(flags, io));
  return withIngestRuntime({ db: target.db, diskFloor }, async (runtime) => {
    // Of a pipe, what is read is gone: not before it is known that there is a place for it.
    if (!(await areFiles(inputs))) await runtime.opened;
    return readLines(inputs, options, runtime, io);
  });
}
