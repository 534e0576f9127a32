/** Answers what is no HTTP request, and what came too slowly: there is no request yet to answer to. */

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, type ErrorCode } from '../domain/errors.ts';
import { formatJson } from '../output/terminal.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { EARLY_HEADERS } from './security-headers.ts';

const CAUSES: Readonly<Record<string, readonly [code: ErrorCode, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'cannot read request: its headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'cannot read request: it arrives too slowly'],
};

/** Writes a problem document to the socket and closes it; nothing when the client is gone. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, message] = CAUSES[error.code ?? ''] ?? [
    'bad_request',
    'cannot read request: it is not HTTP/1.1',
  ];
  const problem = problemOf(new AppError(code, message));
  const body = formatJson(problem);
  const headers = {
    ...EARLY_HEADERS,
    'content-type': PROBLEM_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\n${lines.join('')}\r\n${body}`,
  );
}
