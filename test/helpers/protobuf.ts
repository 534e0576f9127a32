/** Writes protobuf messages as their senders do. */
import protobuf from 'protobufjs/minimal.js';

/** A field of a message: a text, bytes or a message is length-delimited; a number is a varint. */
export type Field = readonly [number: number, value: string | Uint8Array | number | boolean];

export function message(...fields: readonly Field[]): Buffer {
  const writer = protobuf.Writer.create();
  for (const [field, value] of fields) {
    if (typeof value === 'number') writer.uint32((field << 3) | 0).int64(value);
    else if (typeof value === 'boolean') writer.uint32((field << 3) | 0).bool(value);
    else if (typeof value === 'string') writer.uint32((field << 3) | 2).string(value);
    else writer.uint32((field << 3) | 2).bytes(value);
  }
  return Buffer.from(writer.finish());
}
