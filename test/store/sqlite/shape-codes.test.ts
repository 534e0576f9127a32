import { deepStrictEqual } from 'node:assert';
import fc from 'fast-check';
import t from 'tap';
import type { CodedShape } from '../../../src/store/sqlite/shape-coder.ts';
import { ShapeCodes } from '../../../src/store/sqlite/shape-codes.ts';

const id = fc.nat({ max: 2 ** 31 - 1 });
const half = fc.constantFrom('address' as const, 'tunnel' as const, 'name' as const, 'none' as const);
const shape: fc.Arbitrary<CodedShape> = fc.record(
  {
    id: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2 ** 31 - 1 })),
    role: fc.constantFrom('client', 'server', 'none'),
    http: fc.boolean(),
    unordered: fc.boolean(),
    blind: fc.boolean(),
    cluster: id,
    sni: id,
    server: id,
    client: id,
    half,
    anchor: id,
    own: id,
    hop: fc.option(fc.record({ server: id, client: id, half, anchor: id }, { noNullPrototype: true })),
    isNamed: fc.boolean(),
    content: fc.record({ a: fc.integer(), b: fc.integer() }, { noNullPrototype: true }),
  },
  { noNullPrototype: true },
);

t.test('a shape comes back as it was', async (t) => {
  const codes = new ShapeCodes();
  fc.assert(
    fc.property(shape, (shape) => {
      const offset = codes.put(shape);
      deepStrictEqual(codes.find(shape.id), offset);
      deepStrictEqual(codes.read(offset), shape);
    }),
    { numRuns: 2_000 },
  );
  t.pass('held');
});

t.test('shapes keep their places until another one with the same place comes', async (t) => {
  const codes = new ShapeCodes();
  const [like] = fc.sample(shape, 1);
  const put = (id: number) => codes.put({ ...(like as CodedShape), id });
  for (let id = 1; id <= 5_000; id++) put(id);
  for (let id = 1; id <= 5_000; id++) if (codes.read(codes.find(id)).id !== id) t.fail(`shape ${id}`);
  t.equal(codes.find(5_001), -1);
  put(2 ** 18 + 77);
  t.equal(codes.find(77), -1);
  t.equal(codes.read(codes.find(2 ** 18 + 77)).id, 2 ** 18 + 77);
  t.equal(codes.read(codes.find(78)).id, 78);
  put(77);
  t.equal(codes.find(2 ** 18 + 77), -1);
  codes.clear();
  t.equal(codes.find(78), -1);
});
