/** The side of a writer's thread: stores what comes, in order, and answers. */
import type { MessagePort } from 'node:worker_threads';
import { packError } from '../../domain/packed-error.ts';
import type { LineWriter } from '../../domain/ports.ts';
import type { FromWriter, ToWriter } from './messages.ts';
import { buffersOf, unpackColumns } from './packed-columns.ts';
import { createReceivedTemplates, type ReceivedTemplates } from './sent-templates.ts';

export type OpenWriter = () => Promise<LineWriter & { close(): Promise<void> }>;

/** Opens the store and serves the port until it is told to close. Every failure is answered, none is thrown. */
export async function serveWriter(port: MessagePort, open: OpenWriter): Promise<void> {
  const answer: Answer = (message) =>
    port.postMessage(message, message.kind === 'taken' ? buffersOf(message.arrays) : []);
  try {
    const writer = await open();
    const templates = createReceivedTemplates();
    let turn = Promise.resolve();
    port.on('message', (message: ToWriter) => {
      turn = turn.then(async () => {
        if (message.kind === 'append') await take(message, writer, templates, answer);
        else if (message.kind === 'drop') templates.drop(message.templates);
        else if (message.kind === 'settle') writer.settle?.();
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

type Answer = (message: FromWriter) => void;

/** Resolves when the next lines may be taken; what became of these is answered then or later. */
function take(
  { id, lines, rejects }: ToWriter & { kind: 'append' },
  writer: LineWriter,
  sent: ReceivedTemplates,
  answer: Answer,
): Promise<void> {
  return new Promise((resolve) => {
    let isTaken = false;
    const taken = (): void => {
      if (!isTaken) answer({ kind: 'taken', id, arrays: lines.arrays });
      isTaken = true;
      resolve();
    };
    const append = async (): Promise<void> => {
      const columns = unpackColumns(lines, lines.templates === null ? null : sent.take(lines.templates));
      const result = await writer.append(columns, rejects, taken);
      taken();
      answer({ kind: 'appended', id, result });
    };
    append()
      .catch((error: unknown) => answer({ kind: 'failed', id, error: packError(error) }))
      .finally(resolve);
  });
}
