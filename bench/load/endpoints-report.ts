/** What `npm run bench -- endpoints` writes. */
import { table } from '../accuracy/table.ts';
import { thousands } from '../measure/machine.ts';
import type { Asked } from './ask.ts';
import type { Exported } from './exports.ts';

/** What can be measured apart, in the order of the page. */
export const PARTS = ['alone', 'loaded', 'filters', 'exports'] as const;
export type Part = (typeof PARTS)[number];

/** Where, and when. */
interface On {
  readonly machine: string;
}

/** What was measured so far. */
export interface Measured {
  readonly alone?: On & {
    /** Ms until the first answer of a server that has just started. */
    readonly begin: number;
    readonly answers: readonly Asked[];
    /** Lists of incidents a second, with so many requests under way at once. */
    readonly rate: number;
    readonly connections: number;
  };
  readonly loaded?: On & {
    readonly answers: readonly Asked[];
    /** Lines a second when nobody asks, and beside the questions; `share` of the first was sent. */
    readonly rate: number;
    readonly reached: number;
    readonly share: number;
  };
  readonly filters?: On & { readonly answers: readonly Asked[] };
  readonly exports?: On & { readonly exports: readonly Exported[] };
}

interface Around {
  readonly lines: number;
  readonly command: string;
}

export function endpointsReport(measured: Measured, { lines, command }: Around): string {
  const parts = PARTS.filter((part) => measured[part] !== undefined);
  return `Written by \`${command}\`, whose parts can be run one by one: \`--part ${parts.join('`, `--part ')}\`.

${parts.map((part) => `- ${part}: ${measured[part]?.machine}`).join('\n')}

\`meshwake serve\` with ${thousands(lines)} simulated lines, asked by autocannon on one connection. Ms from a request to the end of its
answer; the first answer to a question, for which it reads the disk, is told apart. Of few answers, p99 is the slowest. *CPU* is the
time of all threads of the server for an answer, on average.
${[answersPart, loadPart, filtersPart, exportsPart].flatMap((part) => part(measured) ?? []).join('\n')}`;
}

function answersPart({ alone, loaded }: Measured): string | null {
  const asked = alone ?? loaded;
  if (asked === undefined) return null;
  const of = (answers: readonly Asked[] | undefined, name: string): Asked | undefined =>
    answers?.find(({ question }) => question.name === name);
  const rows = asked.answers.map(({ question: { name, goal } }) => {
    const [quiet, busy] = [of(alone?.answers, name), of(loaded?.answers, name)];
    return [
      name,
      ...figures(quiet, ['first', 'p50', 'p99', 'times', 'cpu']),
      ...figures(busy, ['p50', 'p99', 'times', 'behind']),
      goalText(goal),
      verdict(goal, quiet, busy),
    ];
  });
  const heads = ['question', 'first', 'p50', 'p99', 'answers', 'CPU'];
  const more = ['p50 under ingest', 'p99', 'answers', 'behind, s', 'goal', 'met'];
  return `
### Every endpoint

First pages are to be there within 100 ms at p99, aggregates within 500, alone and under ingest; a page by itself within 50 ms at
p50. The aims of A1 to A5, at p50 and alone, are what the best of DuckDB and ClickHouse took for 5 million lines.

${table([...heads, ...more], rows)}
`;
}

function loadPart({ alone, loaded }: Measured): string | null {
  const texts = [
    alone === undefined
      ? null
      : `The first answer of a server that has just started took ${thousands(alone.begin)} ms. With ${alone.connections} requests under way at once it
gives **${thousands(alone.rate)}** lists of incidents a second.`,
    loaded === undefined
      ? null
      : `Under ingest: lines come over HTTP at ${(100 * loaded.share).toFixed(0)} % of the rate that the server takes when nobody asks, ${thousands(loaded.rate)} lines/s (it
follows what is stored meanwhile, as it was asked a moment before); it
took ${thousands(loaded.reached)} beside the questions. *Behind*: how long the oldest line had been stored that an answer did not know of${mostBehind(loaded.answers)}.`,
  ].filter((text) => text !== null);
  return texts.length === 0 ? null : `${texts.join('\n\n')}\n`;
}

function mostBehind(answers: readonly Asked[]): string {
  const most = Math.max(0, ...answers.map(({ behind }) => behind?.lines ?? 0));
  return most === 0 ? '' : `; at most ${thousands(most)} lines were missing`;
}

function filtersPart({ filters }: Measured): string | null {
  if (filters === undefined) return null;
  const rows = filters.answers.map((asked) => {
    const { question } = asked;
    const shown = figures(asked, ['first', 'p50', 'p99', 'times', 'cpu']);
    return [
      `\`${question.name.replaceAll('|', '\\|')}\``,
      ...shown,
      goalText(question.goal),
      verdict(question.goal, asked, undefined),
    ];
  });
  const met = filters.answers.filter((asked) => verdict(asked.question.goal, asked, undefined) === 'yes');
  return `### Filters

First pages by every filter, alone: ${met.length} of ${rows.length} meet their goal.

${table(['filter', 'first', 'p50', 'p99', 'answers', 'CPU', 'goal', 'met'], rows)}
`;
}

function exportsPart({ exports: part }: Measured): string | null {
  if (part === undefined) return null;
  const rows = part.exports.map(({ what, lines, size, wall, before, peak }) => [
    what,
    thousands(lines),
    size === null ? '-' : thousands(size),
    wall.toFixed(1),
    thousands(lines / wall),
    before?.toFixed(0) ?? '-',
    peak?.toFixed(0) ?? '-',
  ]);
  return `### Everything at once

Whole answers, read to their end. Memory is the RSS of the process that answers: before, when its model is made, and at most.

${table(['what', 'lines', 'MB', 's', 'lines/s', 'RSS before, MB', 'peak RSS, MB'], rows)}
`;
}

type Figure = 'first' | 'p50' | 'p99' | 'times' | 'cpu' | 'behind';

/** What was not answered is told in place of the first figure. */
function figures(asked: Asked | undefined, keys: readonly Figure[]): string[] {
  if (asked === undefined) return keys.map(() => '-');
  const { failure } = asked;
  if (failure !== null) return keys.map((_, index) => (index === 0 ? failure : '-'));
  return keys.map((key) => {
    if (key === 'behind') return asked.behind?.seconds.toFixed(1) ?? '-';
    const value = asked[key];
    return value === null ? '-' : key === 'times' ? thousands(value) : value.toFixed(1);
  });
}

function goalText({ p50, p99 }: Asked['question']['goal']): string {
  const texts = [p50 === null ? null : `p50 ≤ ${p50}`, p99 === null ? null : `p99 ≤ ${p99}`];
  return texts.filter((text) => text !== null).join(', ') || '-';
}

/** A goal is met where it was measured; only p99 is a goal under ingest. */
function verdict(goal: Asked['question']['goal'], quiet: Asked | undefined, busy: Asked | undefined): string {
  if (goal.p50 === null && goal.p99 === null) return '-';
  const isWithin = (asked: Asked, { p50, p99 }: Asked['question']['goal']): boolean =>
    asked.failure === null && (p50 === null || asked.p50 <= p50) && (p99 === null || asked.p99 <= p99);
  const checks = [
    quiet === undefined ? null : isWithin(quiet, goal),
    busy === undefined ? null : isWithin(busy, { p50: null, p99: goal.p99 }),
  ].filter((check) => check !== null);
  return checks.every((check) => check) ? 'yes' : 'no';
}
