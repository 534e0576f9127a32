/** `meshwake analyze`: reads lines to the end and tells what went wrong. */
import { withRuntime } from '../../compose/local.ts';
import { AppError } from '../../domain/errors.ts';
import type { Severity } from '../../domain/resources.ts';
import { tallySentence } from '../../output/report/counts.ts';
import type { LogReport } from '../../output/report/document.ts';
import { incidentBlocks } from '../../output/report/incident.ts';
import { renderMarkdown } from '../../output/report/markdown.ts';
import { renderText } from '../../output/report/text.ts';
import { formatJson } from '../../output/terminal.ts';
import { tellEvidence } from '../evidence-check.ts';
import type { ToldIncident } from '../evidence-file.ts';
import { type ReadFlags, readOptionsOf } from '../flags.ts';
import { follow, type ShowIncident } from '../follow.ts';
import { checkInputs } from '../input.ts';
import { type Io, interruptOf, note, print, widthOf } from '../io.ts';
import { nextCommands } from '../next-commands.ts';
import { readLines } from '../read-lines.ts';
import { collectLogReport, reaches, renderLogReport } from '../report.ts';
import type { ReportOutput } from '../report-output.ts';
import { type Session, stdoutPaint } from '../session.ts';
import { noteRejects, nothingRead, nothingUsable, type TotalTally } from '../tally.ts';
import { configOf, diskFloorOf } from '../target-flags.ts';

export interface AnalyzeFlags extends ReadFlags {
  readonly db?: string;
  readonly output: ReportOutput;
  readonly failOn?: Severity;
  readonly follow?: boolean;
}

export async function analyze(
  files: readonly string[],
  flags: AnalyzeFlags,
  session: Session,
): Promise<void> {
  const { io } = session;
  if (flags.follow === true && flags.output === 'html') {
    throw new AppError('usage', 'cannot use --follow with --output html: a page is written once, at the end');
  }
  // The environment names no database here: without the flag nothing is kept.
  const diskFloor = diskFloorOf(configOf(flags.db === undefined ? {} : { db: flags.db }, io));
  const inputs = await checkInputs(files, io);
  if (flags.follow === true && files.some((file) => file !== '-')) {
    note(
      io,
      '--follow does not wait for more behind the end of a file: pipe `tail -F FILE` into it for that',
    );
  }
  const told: ToldIncident[] = [];
  const options = {
    ...(await readOptionsOf(flags)),
    onEvidence: (incident: ToldIncident) => void told.push(incident),
  };
  await withRuntime({ db: flags.db ?? null, mode: 'write', now: io.now, diskFloor }, async (runtime) => {
    const read = (readIo: Io) => readLines(inputs, options, runtime, readIo);
    const tally =
      flags.follow === true
        ? await follow(runtime, io, read, showIn(flags.output, session), flags.db ?? null)
        : await read(io);
    const report = await collectLogReport(runtime.analysis, tally);
    if (flags.follow !== true) await printReport(report, files, flags, session);
    for (const incident of told) await tellEvidence(incident, runtime.analysis, io);
    finish(report, tally, flags, session);
  });
}

async function printReport(
  report: LogReport,
  files: readonly string[],
  flags: AnalyzeFlags,
  session: Session,
): Promise<void> {
  const next = nextCommands(report, files, flags.db ?? null);
  const options = { paint: stdoutPaint(session), width: widthOf(session.io), next };
  await print(session.io, renderLogReport(report, flags.output, options));
}

/** Tally to stderr (the text report has it already), then the exit status. Errors: `nothing_read`. */
function finish(report: LogReport, tally: TotalTally, flags: AnalyzeFlags, session: Session): void {
  const { io } = session;
  noteRejects(io, tally);
  if (flags.output !== 'text' || flags.follow === true) note(io, tallySentence(tally));
  const interrupt = interruptOf(io);
  if (interrupt !== null) {
    session.setExit(interrupt.exit);
    return;
  }
  if (nothingRead(tally)) {
    throw nothingUsable(tally);
  }
  if (
    flags.failOn !== undefined &&
    reaches(
      report.incidents.map(({ severity }) => severity),
      flags.failOn,
    )
  )
    session.setExit(3);
}

/** With `--follow`, JSON is one incident a line. */
function showIn(output: ReportOutput, session: Session): ShowIncident {
  const { io } = session;
  if (output === 'json') return (incident) => print(io, `${formatJson(incident)}\n`);
  if (output === 'markdown') {
    return (incident, shifts) => print(io, `${renderMarkdown(incidentBlocks(incident, shifts))}\n`);
  }
  const paint = stdoutPaint(session);
  return (incident, shifts) =>
    print(io, `${renderText(incidentBlocks(incident, shifts), paint, widthOf(io))}\n`);
}
