/** What to run after a report: commands that work as they are printed. */
import { SETTINGS } from '../config.ts';
import { UNEXPLAINED_TARGET } from '../domain/coverage.ts';
import { remarksOf } from '../output/coverage-columns.ts';
import type { LogReport } from '../output/report/document.ts';

/** Shape: `files` as the user named them; `db` null when nothing was kept. Empty input leads nowhere. */
export function nextCommands(report: LogReport, files: readonly string[], db: string | null): string[] {
  if (report.summary.lines === 0) return [];
  const flag = dbFlag(db);
  const address = report.incidents[0]?.destinations[0]?.address ?? report.shifts[0]?.destination.address;
  const port = report.incidents[0]?.port ?? report.shifts[0]?.destination.port;
  const commands: ReadonlyArray<readonly [command: string, meaning: string]> = [
    ...(db === null ? [[keep(files), 'keep the lines in meshwake.db'] as const] : []),
    ...(address === undefined
      ? []
      : [[`npx meshwake explain ${quote(address)}${flag}`, 'who owns it, who calls it'] as const]),
    [`npx meshwake get pairs${portFlag(port)}${flag}`, 'client and server line of each connection'],
    ...(isWhole(report.coverage)
      ? []
      : [[`npx meshwake get coverage${flag}`, 'what was not seen, and what to read too'] as const]),
    [`npx meshwake serve${flag}`, 'the same over HTTP, and a place to send lines to'],
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  return commands.map(([command, meaning]) => `${command.padEnd(width)}  # ${meaning}`);
}

/** True when no log has a hole, none is known to be missing, and few lines lack a partner without a reason. */
function isWhole({ pods, peers_total, pairing }: LogReport['coverage']): boolean {
  const isFew = (pairing.unexplained_rate ?? 0) <= UNEXPLAINED_TARGET;
  return peers_total === 0 && isFew && pods.every((pod) => remarksOf(pod).length === 0);
}

function portFlag(port: number | null | undefined): string {
  return port === null || port === undefined ? '' : ` --port ${port}`;
}

function keep(files: readonly string[]): string {
  const named = files.filter((file) => file !== '-');
  return named.length === 0
    ? 'stern . -A -c istio-proxy | npx meshwake ingest'
    : `npx meshwake ingest ${named.map(quote).join(' ')}`;
}

/** The flag that names a database, where it is not the default one. */
export function dbFlag(db: string | null): string {
  return db === null || db === SETTINGS.db.default ? '' : ` --db ${quote(db)}`;
}

/** A word for a shell, as it is where nothing in it means anything to one. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
