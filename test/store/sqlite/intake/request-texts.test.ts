/** What is put together as bytes is what is put together as strings. */
import fc from 'fast-check';
import t from 'tap';
import { EMPTY_ENTRY, NO_IDENTITY, numbersOf, type ParsedLine } from '../../../../src/domain/entry.ts';
import { LineColumns } from '../../../../src/domain/line-columns.ts';
import { lineHash } from '../../../../src/domain/line-hash.ts';
import { TEMPLATE_FIELD, TEMPLATE_WIDTH, Templates } from '../../../../src/domain/templates.ts';
import { createDictionary } from '../../../../src/store/sqlite/dictionary.ts';
import { encodeExtra, extraContent, extraOf, requestHash } from '../../../../src/store/sqlite/extra.ts';
import { IntakeMemory, OTHER } from '../../../../src/store/sqlite/intake/intake-memory.ts';
import { RequestTexts } from '../../../../src/store/sqlite/intake/request-texts.ts';
import { LineBatch } from '../../../../src/store/sqlite/line-batch.ts';
import { copyNumbers } from '../../../../src/store/sqlite/number-columns.ts';
import { openDatabase } from '../../../../src/store/sqlite/open.ts';

const SEED = { a: 77, b: -5 };
/** Lines that start earlier are not known to be new. */
const HELD_MS = 5_000;
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 3 });
/** Printable ASCII, sometimes with what JSON escapes. */
const text = fc.oneof(
  { weight: 24, arbitrary: fc.stringMatching(/^[ !#-[\]-~]{1,40}$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^[ -~]{1,9}$/) },
  { weight: 1, arbitrary: fc.constantFrom('x'.repeat(20_000), '\x7f', `${'y'.repeat(31)}"`) },
);
const shared = fc.oneof(
  { weight: 12, arbitrary: text },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 9 }) },
);
const request = fc.record({
  path: orNull(text),
  request_id: orNull(text),
  x_forwarded_for: orNull(shared),
  upstream_service_time: orNull(fc.oneof(fc.nat({ max: 120 }), fc.constantFrom(0, 9, 10, 2 ** 31 - 1))),
  user_agent: orNull(shared),
  authority: orNull(shared),
});
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;
/** Lines of two seconds; null: of a connection. */
const line = fc.record({
  said: fc.option(request, { freq: 8 }),
  start: fc.integer({ min: 4_700, max: 6_200 }),
});

function parsedOf(said: Request | null, start: number): ParsedLine {
  const entry = { ...EMPTY_ENTRY, ...said, method: said === null ? null : 'GET' };
  return {
    ...{
      entry,
      identity: NO_IDENTITY,
      format: 'x',
      envelope: 'none',
      raw: '',
      rebuildable: true,
      utf8: true,
    },
    numbers: { ...numbersOf(entry), start_time: start },
  };
}

t.test('texts of requests are the same as bytes and as strings', async (t) => {
  const { db, close } = openDatabase({ path: null, mode: 'write' });
  const dictionary = createDictionary(db);
  const memory = new IntakeMemory();
  const { code } = memory;
  const texts = new RequestTexts(memory, dictionary);
  const batch = new LineBatch();
  const taken = { together: 0, alone: 0, left: 0, again: 0 };

  /** What the line is taken in as, at its place in the batch. */
  const check = (columns: LineColumns, at: number, index: number): void => {
    const extra = extraOf(columns, at);
    const { numbers } = parsedOf(null, columns.start[at] as number);
    t.equal(batch.extra(index), extra === null ? null : encodeExtra(extra, dictionary));
    t.equal(batch.hash[index], lineHash(SEED, numbers, extra === null ? null : extraContent(extra)));
    t.equal(batch.request[index], extra === null ? 0 : requestHash(extra));
    t.equal(batch.ownHash[index], extra === null ? 0 : 1);
  };

  /** The lines of `columns` that are new, in their order. */
  const takeIn = (columns: LineColumns): number[] => {
    const { length } = columns;
    memory.columns.template.set(columns.template.subarray(0, length));
    memory.columns.textEnd[0] = 0;
    memory.columns.textEnd.set(columns.textEnd.subarray(0, length), 1);
    copyNumbers(memory.columns, 0, columns, 0, length);
    texts.stage(columns, 0, length);
    code.reserveFacts(length);
    for (let at = code.lookAhead(0, length); at < length; at = code.lookAhead(at, length)) {
      const template = memory.columns.template[at] as number;
      code.putFacts(template, template + 1, SEED.a, SEED.b, 0);
      if (texts.areThere && columns.templates !== null) texts.learn(columns.templates, template);
    }
    const lines: number[] = [];
    for (let at = 0; at < length; at++) {
      const from = at;
      at = code.take(at, length, batch.extrasEnd);
      const count = code.takenLines();
      const first = batch.growBy(count);
      batch.hash.set(memory.columns.hash.subarray(0, count), first);
      if (texts.areThere) texts.keepTaken(batch, first, count);
      taken.together += count;
      taken.again += at - from - count;
      for (let i = 0; i < count; i++) lines.push((memory.columns.shape[i] as number) - 1);
      if (at === length) break;
      if (code.stoppedFor() === OTHER) {
        taken.left++;
        checkLeft(columns, at);
        continue;
      }
      const hash = memory.columns.hash[at] as number;
      if (code.hold(columns.start[at] as number, hash) !== 1) continue;
      taken.alone++;
      const index = batch.grow();
      batch.hash[index] = hash;
      if (texts.areThere) texts.keepOne(batch, index, at);
      lines.push((memory.columns.shape[at] as number) - 1);
    }
    return lines;
  };

  const checkLeft = (columns: LineColumns, at: number): void => {
    const extra = extraOf(columns, at);
    if (extra === null) throw new Error('a line without texts was left');
    const isOdd = !/^[ -[\]-~]*$/.test(JSON.stringify([extra.path, extra.request_id]));
    const isBeyond = !/^[ -~]*$/.test(JSON.stringify(extra));
    if (!isOdd && !isBeyond && encodeExtra(extra, dictionary) !== null)
      throw new Error(JSON.stringify(extra));
  };

  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), fc.boolean(), (given, isAgain) => {
      const templates = new Templates();
      const columns = new LineColumns(templates, 2 * given.length);
      for (const { said, start } of isAgain ? [...given, ...given] : given) {
        const row = new Int32Array(TEMPLATE_WIDTH);
        for (const field of ['x_forwarded_for', 'user_agent', 'authority'] as const)
          row[TEMPLATE_FIELD[field]] = templates.numberOf(said?.[field] ?? null);
        columns.add(parsedOf(said, start), templates.add(row));
      }
      code.clear();
      code.setWholeAfter(HELD_MS / 1_000 - 1);
      code.forgetFacts();
      texts.forget();
      batch.clear();
      const lines = takeIn(columns);
      for (const [index, at] of lines.entries()) check(columns, at, index);
      const hashes = lines.map((_, index) => `${batch.hash[index]} ${columns.start[lines[index] as number]}`);
      t.equal(new Set(hashes).size, lines.length, 'each once');
    }),
    { numRuns: 300 },
  );
  close();
  t.ok(
    Object.values(taken).every((count) => count > 100),
    JSON.stringify(taken),
  );
});
