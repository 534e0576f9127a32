import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import { Chunk, type ChunkLines, packChunk } from '../../../../src/store/sqlite/measures/chunk.ts';

const bytes = fc.oneof(
  fc.nat({ max: 300 }),
  fc.integer({ min: 2 ** 27, max: 2 ** 29 }),
  fc.maxSafeNat(),
  fc.constant(Number.MAX_SAFE_INTEGER),
);
const line = fc.record({
  minute: fc.nat({ max: 59 }),
  shape: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 2 ** 31 - 1 })),
  duration: fc.nat({ max: 255 }),
  received: bytes,
  sent: bytes,
});
type Line = typeof line extends fc.Arbitrary<infer T> ? T : never;
const group = fc.record({
  sign: fc.constantFrom(1 as const, -1 as const),
  lines: fc.array(line, { minLength: 1, maxLength: 300 }),
});

function toLines(sign: 1 | -1, unsorted: readonly Line[]): ChunkLines {
  const lines = [...unsorted].sort((a, b) => a.minute - b.minute || a.shape - b.shape);
  return {
    sign,
    length: lines.length,
    minutes: Uint8Array.from(lines, (one) => one.minute),
    shapes: Uint32Array.from(lines, (one) => one.shape),
    durations: Uint8Array.from(lines, (one) => one.duration),
    received: Float64Array.from(lines, (one) => one.received),
    sent: Float64Array.from(lines, (one) => one.sent),
  };
}

const copy = ({ sign, length, ...of }: ChunkLines, withDurations: boolean, withBytes: boolean) => ({
  sign,
  minutes: [...of.minutes.subarray(0, length)],
  shapes: [...of.shapes.subarray(0, length)],
  durations: withDurations ? [...of.durations.subarray(0, length)] : [],
  received: withBytes ? [...of.received.subarray(0, length)] : [],
  sent: withBytes ? [...of.sent.subarray(0, length)] : [],
});

t.test(
  'chunks behind each other are unpacked as they were packed, with the columns that are wanted',
  async (t) => {
    fc.assert(
      fc.property(
        fc.array(group, { maxLength: 5 }),
        fc.boolean(),
        fc.boolean(),
        (groups, durations, withBytes) => {
          const all = groups.map(({ sign, lines }) => toLines(sign, lines));
          const packed = Buffer.concat(all.map((lines) => Buffer.from(packChunk(lines))));
          const chunk = new Chunk();
          const found: unknown[] = [];
          for (let at = 0; at < packed.length; ) {
            at = chunk.unpack(packed, at, { durations, bytes: withBytes });
            found.push(copy(chunk, durations, withBytes));
          }
          deepStrictEqual(
            found,
            all.map((lines) => copy(lines, durations, withBytes)),
          );
        },
      ),
      { numRuns: 300 },
    );
    t.pass('held');
  },
);
