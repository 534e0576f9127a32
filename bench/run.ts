/**
 * Measures speed with the built product, each figure in processes of their own.
 *
 *   npm run build && npm run bench -- [COMMAND] [--dir FOLDER] [--no-docs] [flags of the command]
 *
 *   speed      ingest, in turn with other tools on the same files; the default
 *                [--lines N,N] [--seed N] [--runs N] [--only ID,ID] [--peers FOLDER] [--no-peers]
 *   profile    where the time of an ingest goes, by stage
 *                [--variant plain|replaced|mixed|json|http] [--lines N] [--seed N] [--functions N]
 *   endpoints  how long every endpoint takes to answer, alone and while lines come in, and what exports take
 *                [--part alone,loaded,filters,exports] [--exports ndjson,csv,pairs] [--lines N] [--seed N] [--seconds N] [--rate-seconds N] [--peers FOLDER]
 *   page       how soon the web page shows something, and how smoothly it scrolls and zooms; needs Chromium
 *                [--lines N] [--seed N] [--times N] [--rows N]
 *   requests   how long a sender waits until its lines are durable, alone and beside those who ask
 *                [--stored N] [--seconds N] [--seed N]
 *   memory     memory and rate along a long stream on standard input
 *                [--lines N] [--file-lines N] [--seed N]
 *   history    the same lines into an empty database and into a full one, in turn
 *                [--stored N] [--lines N] [--runs N] [--file-lines N] [--seed N]
 *   reports    time and memory of a report on top of weeks of connections
 *                [--connections N,N] [--days N] [--seed N]
 *   retention  old lines are dropped while new ones come in
 *                [--stored N] [--seconds N] [--seconds-max N] [--rate N] [--seed N]
 *
 * Each writes its part of docs/benchmarks.md unless told not to. FOLDER is for files and databases and is kept, files are
 * used again; without it, all is in a temporary folder. Peers and autocannon are installed by the benchmark, in FOLDER of --peers or
 * in the user's cache. Exit status: 0 done, 1 failed, 2 wrong usage.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readFlags, UsageError } from './flags.ts';
import { ENDPOINTS_FLAGS, endpoints } from './load/endpoints.ts';
import { HISTORY_FLAGS, history } from './load/history.ts';
import { MEMORY_FLAGS, memory } from './load/memory.ts';
import { REPORTS_FLAGS, reports } from './load/reports.ts';
import { REQUESTS_FLAGS, requests } from './load/requests.ts';
import { RETENTION_FLAGS, retention } from './load/retention.ts';
import { endOnSignals } from './measure/children.ts';
import { replaceSection, type Section } from './measure/page.ts';
import { requireBuilt } from './measure/product.ts';
import type { Workshop } from './measure/workshop.ts';
import { PAGE_FLAGS, page } from './page/page.ts';
import { PROFILE_FLAGS, profile } from './profile/profile.ts';
import { SPEED_FLAGS, speed } from './speed/speed.ts';

const DOCS = fileURLToPath(new URL('../docs/benchmarks.md', import.meta.url));
const COMMON_FLAGS = { dir: '', 'no-docs': false };

interface Command {
  readonly section: Section;
  readonly flags: Readonly<Record<string, string | boolean>>;
  run(args: readonly string[], workshop: Workshop): Promise<string>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  endpoints: { section: 'Endpoints', flags: ENDPOINTS_FLAGS, run: endpoints },
  history: { section: 'On top of much history', flags: HISTORY_FLAGS, run: history },
  memory: { section: 'A long stream', flags: MEMORY_FLAGS, run: memory },
  page: { section: 'The web page', flags: PAGE_FLAGS, run: page },
  reports: { section: 'Reports', flags: REPORTS_FLAGS, run: reports },
  requests: { section: 'How long a sender waits', flags: REQUESTS_FLAGS, run: requests },
  retention: { section: 'Old lines dropped while new ones come', flags: RETENTION_FLAGS, run: retention },
  profile: { section: 'Where the time goes', flags: PROFILE_FLAGS, run: profile },
  speed: { section: 'Ingest, and the same work elsewhere', flags: SPEED_FLAGS, run: speed },
};

endOnSignals();
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const [first = '', ...rest] = args;
  const isNamed = first !== '' && !first.startsWith('-');
  const name = isNamed ? first : 'speed';
  try {
    await runCommand(name, isNamed ? rest : args);
    return 0;
  } catch (error) {
    tell(`bench ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function runCommand(name: string, args: readonly string[]): Promise<void> {
  const command = COMMANDS[name];
  if (command === undefined)
    throw new UsageError(`no such command; expected ${Object.keys(COMMANDS).join(', ')}`);
  const flags = readFlags(args, { ...command.flags, ...COMMON_FLAGS });
  requireBuilt();
  const kept = flags.text('dir');
  if (kept !== '') mkdirSync(kept, { recursive: true });
  const folder = mkdtempSync(join(kept || tmpdir(), 'meshwake-bench-'));
  const clear = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', clear);
  try {
    const workshop = { folder, inputs: kept || folder, flags: COMMON_FLAGS, tell };
    const body = await command.run(args, workshop);
    process.stdout.write(body);
    if (!flags.isSet('no-docs')) {
      writeFileSync(
        DOCS,
        replaceSection(existsSync(DOCS) ? readFileSync(DOCS, 'utf8') : '', command.section, body),
      );
    }
  } finally {
    clear();
  }
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
