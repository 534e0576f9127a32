/** Sends what an oracle gives until the server is gone, over several connections at once. */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { IngestTally } from '../../../src/domain/resources.ts';
import type { Oracle } from './oracle.ts';

export interface SenderOptions {
  readonly url: string;
  readonly oracle: Oracle;
  readonly linesMax: number;
  readonly connections: number;
  /** Batches after which it stops by itself. */
  readonly batchesMax: number;
  /** Told of each answer, before the next batch is sent. */
  readonly answered?: () => void;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Resolves when all batches are sent, or the server is gone. Shape: the answers that were no 200. */
export async function sendUntilGone(options: SenderOptions): Promise<readonly Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
  const refusals: Answer[] = [];
  let left = options.batchesMax;
  const sendAll = async (): Promise<void> => {
    while (left-- > 0) {
      const batch = options.oracle.take(options.linesMax);
      const answer = await post(options.url, batch.body, agent).catch(() => null);
      if (answer?.status === 200) options.oracle.answered(batch, JSON.parse(answer.body) as IngestTally);
      else options.oracle.unanswered(batch);
      if (answer === null) left = 0;
      else if (answer.status !== 200) refusals.push(answer);
      options.answered?.();
    }
  };
  await Promise.all(Array.from({ length: options.connections }, sendAll));
  agent.destroy();
  return refusals;
}

/** Errors: when there is no whole answer. */
export async function post(url: string, body: string, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request(
      `${url}/api/v1/ingest`,
      {
        method: 'POST',
        headers: { 'content-type': 'text/plain' },
        ...(agent === undefined ? {} : { agent }),
      },
      (response) => {
        const { statusCode = 0, headers } = response;
        text(response).then((answer) => resolve({ status: statusCode, body: answer, headers }), reject);
      },
    );
    sending.on('error', reject);
    sending.end(body);
  });
}
