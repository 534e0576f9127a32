/** The incident of samples/ as if it had just happened. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './cli.ts';

const TIME = /2020-09-14T\d\d:\d\d:\d\d\.\d{3}Z/;
/** The capture is over after this. */
const MENDED = Date.parse('2020-09-14T09:46:00.000Z');

export interface RecentIncident {
  /** Lines until the capture goes on, and those after it was mended. */
  readonly before: string;
  readonly after: string;
}

/** The last line began a minute before `now`, ms since the epoch. */
export function recentIncident(now: number): RecentIncident {
  const lines = readFileSync(join(ROOT, 'samples', 'incident-article.log'), 'utf8')
    .trimEnd()
    .split('\n');
  const times = lines.map((line) => Date.parse(TIME.exec(line)?.[0] ?? ''));
  const shift = now - 60_000 - Math.max(...times.filter((time) => !Number.isNaN(time)));
  const moved = lines.map((line) =>
    line.replace(TIME, (text) => new Date(Date.parse(text) + shift).toISOString()),
  );
  const part = (wanted: (time: number) => boolean): string =>
    moved
      .filter((_line, at) => wanted(times[at] ?? 0))
      .map((line) => `${line}\n`)
      .join('');
  return { before: part((time) => time < MENDED), after: part((time) => time >= MENDED) };
}
