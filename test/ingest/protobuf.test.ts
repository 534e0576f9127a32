// Promises: C6 (docs/reliability.md).
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import t from 'tap';
import { Message, ProtobufError } from '../../src/ingest/protobuf.ts';

const written = (write: (writer: protobuf.Writer) => protobuf.Writer): Uint8Array =>
  write(protobuf.Writer.create()).finish();

t.test('reads each kind of field', async (t) => {
  const bytes = written((writer) =>
    writer
      .uint32((1 << 3) | 0)
      .uint64(300)
      .uint32((2 << 3) | 2)
      .string('grün')
      .uint32((3 << 3) | 0)
      .int64(-5)
      .uint32((4 << 3) | 1)
      .double(1.5)
      .uint32((5 << 3) | 5)
      .fixed32(4_294_967_295)
      .uint32((6 << 3) | 0)
      .bool(true)
      .uint32((7 << 3) | 2)
      .bytes(Uint8Array.of(1, 2)),
  );
  const message = new Message(bytes);
  const read = [
    () => message.uint(),
    () => message.text(),
    () => message.int(),
    () => message.double(),
    () => message.fixed32(),
    () => message.bool(),
    () => [...message.bytes()],
  ];
  const values: unknown[] = [];
  while (message.next()) values.push(read[message.field - 1]?.());
  t.strictSame(values, [300, 'grün', -5, 1.5, 4_294_967_295, true, [1, 2]]);
});

t.test('passes over what is not read, groups too', async (t) => {
  const bytes = written((writer) =>
    writer
      .uint32((9 << 3) | 3)
      .uint32((1 << 3) | 0)
      .uint32(7)
      .uint32((9 << 3) | 4)
      .uint32((8 << 3) | 2)
      .string('skipped')
      .uint32((2 << 3) | 0)
      .uint64(Number.MAX_SAFE_INTEGER),
  );
  const fields: number[] = [];
  let last = 0;
  for (const message = new Message(bytes); message.next(); ) {
    fields.push(message.field);
    if (message.field === 2) last = message.uint();
  }
  t.strictSame(fields, [9, 8, 2]);
  t.equal(last, Number.MAX_SAFE_INTEGER);
});

t.test('texts that are not UTF-8 stay as many texts as they were', async (t) => {
  const texts = [Uint8Array.of(0x61, 0xff), Uint8Array.of(0x61, 0xfe)].map((bytes) => {
    const message = new Message(written((writer) => writer.uint32((1 << 3) | 2).bytes(bytes)));
    message.next();
    return message.rawText();
  });
  t.strictSame(texts, [
    { text: 'a\u00ff', utf8: false },
    { text: 'a\u00fe', utf8: false },
  ]);
});

t.test('refuses a value of another type, and what is broken', async (t) => {
  const walk = (bytes: Uint8Array) => {
    for (const message = new Message(bytes); message.next(); ) message.text();
  };
  const rows: Uint8Array[] = [
    Uint8Array.of(0x08, 1),
    Uint8Array.of(0x0a, 5, 1),
    Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
    Uint8Array.of(0x02, 0),
    Uint8Array.of(0x0f),
    Uint8Array.of(0x80),
  ];
  // In words of ours: the reader's own speak of its buffer.
  const told = { name: 'ProtobufError', message: /^(?:it |its |field|there is no field)/ };
  for (const bytes of rows) t.throws(() => walk(bytes), told, Buffer.from(bytes).toString('hex'));
  const skip = (bytes: Uint8Array) => {
    for (const message = new Message(bytes); message.next(); );
  };
  t.throws(
    () => skip(new Uint8Array(1_000_000).fill(0x0b)),
    ProtobufError,
    'a million groups, one in another',
  );
});

t.test('any bytes are read to their end or refused', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        for (const message = new Message(bytes); message.next(); )
          if (message.field % 2 === 0) message.rawText();
        return true;
      } catch (error) {
        return error instanceof ProtobufError;
      }
    }),
    { numRuns: 5_000 },
  );
  t.pass('5,000 inputs');
});
