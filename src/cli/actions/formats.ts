/** `meshwake formats`: lists log formats, and says which one lines are in. */
import { explainLine, listFormats } from '../../compose/formats.ts';
import { createLineSplitter } from '../../ingest/line-splitter.ts';
import { formatTable } from '../../output/table.ts';
import { escapeText, formatJson } from '../../output/terminal.ts';
import { count } from '../../output/text.ts';
import { checkInputs, readChunks } from '../input.ts';
import { type Io, note, print } from '../io.ts';

export type DetectOutput = 'text' | 'json' | 'ndjson';

export async function list(output: 'table' | 'json', io: Io): Promise<void> {
  const formats = listFormats();
  if (output === 'json') return print(io, `${formatJson(formats, 2)}\n`);
  const rows = formats.map(({ name, kind, title }) => [name, kind, title]);
  await print(io, `${formatTable(['NAME', 'KIND', 'TITLE'], rows)}\n`);
}

type Explained = ReturnType<typeof explainLine> & { readonly line: number };

export async function detect(file: string | undefined, output: DetectOutput, io: Io): Promise<void> {
  const [name = '-'] = await checkInputs(file === undefined ? [] : [file], io);
  const counts = new Map<string, number>();
  let line = 0;
  let answers = output === 'json' ? '[' : '';
  const say = (explained: Explained): void => {
    counts.set(explained.outcome, (counts.get(explained.outcome) ?? 0) + 1);
    answers += output === 'text' ? `${formatExplained(explained)}\n` : formatItem(explained, output);
  };
  const splitter = createLineSplitter({
    line: (text) => say({ ...explainLine(text), line: ++line }),
    tooLong: () => say({ ...TOO_LONG, line: ++line }),
  });
  const flush = async (): Promise<void> => {
    const text = answers;
    answers = '';
    if (text !== '') await print(io, text);
  };
  for await (const chunk of readChunks(name, io)) {
    splitter.push(chunk);
    await flush();
  }
  splitter.end();
  if (output === 'json') answers += line === 0 ? ']\n' : '\n]\n';
  await flush();
  const parts = [...counts].map(([outcome, lines]) => `${lines} ${outcome}`);
  note(io, line === 0 ? 'no lines' : `${count(line, 'line')}: ${parts.join(', ')}`);
}

/** An array is written item by item, so that memory does not grow with the file. */
function formatItem(explained: Explained, output: 'json' | 'ndjson'): string {
  const item = formatJson(explained);
  if (output === 'ndjson') return `${item}\n`;
  return explained.line === 1 ? `\n${item}` : `,\n${item}`;
}

const TOO_LONG = {
  envelope: 'none',
  format: null,
  outcome: 'rejected',
  reason: 'line_too_long',
  column: null,
  expected: null,
} as const;

function formatExplained({ line, outcome, envelope, format, reason, column, expected }: Explained): string {
  const wrapper = envelope === 'none' ? 'no envelope' : `envelope ${envelope}`;
  if (outcome === 'accepted') return `line ${line}: accepted, format ${escapeText(format ?? '')}, ${wrapper}`;
  if (outcome === 'incomplete') return `line ${line}: a piece of a longer message, ${wrapper}`;
  if (outcome === 'skipped') return `line ${line}: skipped, ${reason}, ${wrapper}`;
  const where = column === null ? '' : ` at column ${column}`;
  const wanted = expected === null ? '' : `, expected ${escapeText(expected)}`;
  const nearest = format === null ? '' : `; nearest format ${escapeText(format)}`;
  return `line ${line}: rejected, ${reason}${where}${wanted}${nearest}, ${wrapper}`;
}
