/** Rows of one answer that is whole already, as NDJSON, CSV or one array. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { FlatRow } from '../output/column.ts';
import { formatJson } from '../output/terminal.ts';
import { piecesOf } from './pieces.ts';

/** An array of objects without others in them. */
export const FLAT_TYPE = 'application/vnd.meshwake.flat+json';

export interface RowForms<T> {
  readonly name: string;
  readonly csvHeader: string;
  csvRow(row: T): string;
  /** The row without objects in it. */
  flatRow(row: T): FlatRow;
}

/** `form`: as `chooseForm` says it. */
export function sendRows<T>(
  form: 'ndjson' | 'csv' | 'flat',
  rows: Iterable<T>,
  { name, csvHeader, csvRow, flatRow }: RowForms<T>,
  reply: FastifyReply,
): FastifyReply {
  if (form === 'flat') return reply.type(FLAT_TYPE).send([...rows].map(flatRow));
  if (form === 'ndjson') {
    const pieces = piecesOf(rows, (row) => `${formatJson(row)}\n`);
    return reply.type('application/x-ndjson').send(Readable.from(pieces));
  }
  reply.header('content-disposition', `attachment; filename="${name}.csv"`);
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .send(Readable.from(withHeader(csvHeader, piecesOf(rows, csvRow))));
}

function* withHeader(header: string, pieces: Iterable<string>): Generator<string> {
  yield header;
  yield* pieces;
}
