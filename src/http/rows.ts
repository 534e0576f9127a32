/** Rows of one answer that is whole already, as NDJSON or CSV. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { formatJson } from '../output/terminal.ts';

/** Rows put together at once. */
const PIECE_ROWS = 1_000;

export interface RowForms<T> {
  readonly name: string;
  readonly csvHeader: string;
  csvRow(row: T): string;
}

/** `form`: as `chooseForm` says it. */
export function sendRows<T>(
  form: 'ndjson' | 'csv',
  rows: Iterable<T>,
  { name, csvHeader, csvRow }: RowForms<T>,
  reply: FastifyReply,
): FastifyReply {
  if (form === 'ndjson') {
    const pieces = piecesOf(rows, (row) => `${formatJson(row)}\n`, '');
    return reply.type('application/x-ndjson').send(Readable.from(pieces));
  }
  reply.header('content-disposition', `attachment; filename="${name}.csv"`);
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .send(Readable.from(piecesOf(rows, csvRow, csvHeader)));
}

function* piecesOf<T>(rows: Iterable<T>, format: (row: T) => string, header: string): Generator<string> {
  let piece = header;
  let count = 0;
  for (const row of rows) {
    piece += format(row);
    if (++count % PIECE_ROWS !== 0) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
