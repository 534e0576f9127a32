/** The side of a writer's thread: stores what comes, in order, and answers. */
import type { MessagePort } from 'node:worker_threads';
import type { ParsedLine } from '../../domain/entry.ts';
import type { Templates } from '../../domain/line-columns.ts';
import type { LineWriter } from '../../domain/ports.ts';
import { type FromWriter, packError, type ToWriter, unpackColumns } from './messages.ts';

export type OpenWriter = () => Promise<LineWriter & { close(): Promise<void> }>;

/** Opens the store and serves the port until it is told to close. Every failure is answered, none is thrown. */
export async function serveWriter(port: MessagePort, open: OpenWriter): Promise<void> {
  const answer = (message: FromWriter): void => port.postMessage(message);
  try {
    const writer = await open();
    const templates = new Map<number, SentTemplates>();
    let turn = Promise.resolve();
    port.on('message', (message: ToWriter) => {
      turn = turn.then(async () => {
        if (message.kind === 'append') answer(await append(message, writer, templates));
        else {
          await writer.close();
          answer({ kind: 'closed' });
          port.close();
        }
      });
      turn = turn.catch((error: unknown) => {
        answer({ kind: 'failed', id: null, error: packError(error) });
        port.close();
      });
    });
    answer({ kind: 'ready' });
  } catch (error) {
    answer({ kind: 'failed', id: null, error: packError(error) });
    port.close();
  }
}

async function append(
  { id, lines, rejects }: ToWriter & { kind: 'append' },
  writer: LineWriter,
  known: Map<number, SentTemplates>,
): Promise<FromWriter> {
  let templates: SentTemplates | null = null;
  if (lines.templates !== null) {
    templates = known.get(lines.templates) ?? new SentTemplates();
    known.set(lines.templates, templates);
    templates.take(lines.samples);
  }
  try {
    const result = await writer.append(unpackColumns(lines, templates), rejects);
    // The store has met them, and asks no more.
    templates?.forget();
    return { kind: 'appended', id, result };
  } catch (error) {
    // What the store had learned is undone: the other side sends all samples again, under another number.
    if (lines.templates !== null) known.delete(lines.templates);
    return { kind: 'failed', id, error: packError(error) };
  }
}

/** Templates of the other thread, as far as the store has to be told of them. */
class SentTemplates implements Templates {
  readonly #samples = new Map<number, ParsedLine>();

  take(samples: ReadonlyMap<number, ParsedLine>): void {
    for (const [template, line] of samples) this.#samples.set(template, line);
  }

  forget(): void {
    this.#samples.clear();
  }

  sample(template: number): ParsedLine {
    const line = this.#samples.get(template);
    if (line === undefined) throw new Error(`BUG: template ${template} was not sent`);
    return line;
  }
}
