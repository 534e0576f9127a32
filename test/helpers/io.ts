/** A process in memory, for commands that are called and not started. */
import { PassThrough, Readable } from 'node:stream';
import type { Io } from '../../src/cli/io.ts';

export interface TestIo extends Io {
  /** What was written until now. */
  out(): string;
  err(): string;
  interrupt(): void;
}

export function createIo(
  options: { stdin?: string | Uint8Array; env?: Record<string, string>; tty?: boolean } = {},
): TestIo {
  const controller = new AbortController();
  const [stdout, out] = collector(options.tty === true);
  const [stderr, err] = collector(options.tty === true);
  const stdin = Object.assign(Readable.from([toBuffer(options.stdin ?? '')]), {
    isTTY: options.tty === true,
  });
  return {
    stdin,
    stdout,
    stderr,
    env: options.env ?? {},
    now: Date.now,
    interrupted: controller.signal,
    out,
    err,
    interrupt: () => controller.abort({ signal: 'SIGINT', exit: 130 }),
  };
}

function collector(isTTY: boolean): [PassThrough & { isTTY: boolean }, () => string] {
  let text = '';
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return [Object.assign(stream, { isTTY }), () => text];
}

function toBuffer(data: string | Uint8Array): Buffer {
  return typeof data === 'string' ? Buffer.from(data) : Buffer.from(data);
}
