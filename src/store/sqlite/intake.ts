/** Takes lines into a batch, each new one once: as shapes and numbers, with a hash of what they say. */
import type Database from 'better-sqlite3';
import type { LineNumbers, ParsedLine } from '../../domain/entry.ts';
import { type LineColumns, NO_TEMPLATE } from '../../domain/line-columns.ts';
import { identityHash, lineHash, numbersHash, rawLineHash } from '../../domain/line-hash.ts';
import type { Dictionary } from './dictionary.ts';
import { type Extra, encodeExtra, extraContent, extraOf, requestHash } from './extra.ts';
import type { LineBatch } from './line-batch.ts';
import { RequestTexts } from './request-texts.ts';
import type { Seconds } from './seconds.ts';
import { CONTENT_A, CONTENT_B, FLAGS, IS_SERVER } from './shape-codes.ts';
import { CONTENT_A_OF, CONTENT_B_OF, FLAGS_OF, SHAPE_OF, type Shapes, TEMPLATE_FACTS } from './shapes.ts';

/** Takes in the lines of [from, until), and answers how many of them are new: they are in the batch. */
export type Intake = (lines: LineColumns, from: number, until: number) => number;

export interface IntakeDeps {
  readonly db: Database.Database;
  readonly dictionary: Dictionary;
  readonly shapes: Shapes;
  readonly seconds: Seconds;
  readonly batch: LineBatch;
}

const FIRST_CAPACITY = 4_096;

export function createIntake({ db, dictionary, shapes, seconds, batch }: IntakeDeps): Intake {
  const addRaw = db.prepare('INSERT OR IGNORE INTO raw_line VALUES (?, ?, ?)');
  /** Of the lines in hand, by place: id of the shape (0: the line has no template), hash of its content, FLAGS of it. */
  let shapeAt = new Int32Array(FIRST_CAPACITY);
  let contentA = new Int32Array(FIRST_CAPACITY);
  let contentB = new Int32Array(FIRST_CAPACITY);
  let flagsAt = new Int32Array(FIRST_CAPACITY);
  let hashes = new Float64Array(FIRST_CAPACITY);
  const oneHash = new Float64Array(1);
  const texts = new RequestTexts(dictionary);

  const makeRoom = (lines: number): void => {
    if (lines <= shapeAt.length) return;
    shapeAt = new Int32Array(lines);
    contentA = new Int32Array(lines);
    contentB = new Int32Array(lines);
    flagsAt = new Int32Array(lines);
    hashes = new Float64Array(lines);
  };

  /**
   * Works out shapes and hashes of the lines that have a template. In loops of their own, because a processor that waits for
   * what is known of one template goes on to the next.
   */
  const lookAhead = (lines: LineColumns, from: number, count: number): void => {
    const { template, templates } = lines;
    if (templates === null) {
      shapeAt.fill(0, 0, count);
      return;
    }
    const facts = shapes.factsOf(templates);
    for (let place = 0; place < count; place++) {
      const number = template[from + place] as number;
      if (number === NO_TEMPLATE) {
        shapeAt[place] = 0;
        continue;
      }
      const at = number * TEMPLATE_FACTS;
      if (facts[at + SHAPE_OF] === 0) shapes.codeTemplate(templates, number, facts);
      shapeAt[place] = facts[at + SHAPE_OF] as number;
      contentA[place] = facts[at + CONTENT_A_OF] as number;
      contentB[place] = facts[at + CONTENT_B_OF] as number;
      flagsAt[place] = facts[at + FLAGS_OF] as number;
    }
    const { start, duration, received, sent, upstreamLocalPort, downstreamRemotePort } = lines;
    for (let place = 0; place < count; place++) {
      const at = from + place;
      hashes[place] = numbersHash(
        contentA[place] as number,
        contentB[place] as number,
        start[at] as number,
        duration[at] as number,
        received[at] as number,
        sent[at] as number,
        upstreamLocalPort[at] as number,
        downstreamRemotePort[at] as number,
      );
    }
  };

  /** Puts a new line into the batch and answers its index. `place`: of its hash in `from`. */
  const add = (
    lines: LineColumns,
    at: number,
    shape: number,
    flags: number,
    from: Float64Array,
    place: number,
  ): number => {
    const index = batch.grow();
    batch.shape[index] = shape;
    batch.start[index] = lines.start[at] as number;
    batch.duration[index] = lines.duration[at] as number;
    batch.received[index] = lines.received[at] as number;
    batch.sent[index] = lines.sent[at] as number;
    batch.upstreamLocalPort[index] = lines.upstreamLocalPort[at] as number;
    batch.downstreamRemotePort[index] = lines.downstreamRemotePort[at] as number;
    batch.hash[index] = from[place] as number;
    batch.isServer[index] = (flags & IS_SERVER) === 0 ? 0 : 1;
    return index;
  };

  /** Takes in a line whose hash its numbers do not tell; false: it is there already. */
  const addOwn = (
    lines: LineColumns,
    at: number,
    shape: number,
    hash: number,
    varying: Extra,
    extra: string | null,
  ): boolean => {
    oneHash[0] = hash;
    if (!seconds.add(lines.start, at, oneHash, 0)) return false;
    const flags = shapes.codes.data[shapes.place(shape) + FLAGS] as number;
    const index = add(lines, at, shape, flags, oneHash, 0);
    batch.ownHash[index] = 1;
    batch.request[index] = requestHash(varying);
    if (extra !== null) batch.setExtra(index, extra);
    return true;
  };

  /** Takes in a line that is known by its fields. */
  const addShaped = (lines: LineColumns, at: number, shape: number, varying: Extra): boolean => {
    const extra = encodeExtra(varying, dictionary);
    const numbers = numbersAt(lines, at);
    if (extra === null) return addPlain(lines, at, shape, numbers);
    const code = shapes.place(shape);
    const { data } = shapes.codes;
    const content = { a: data[code + CONTENT_A] as number, b: data[code + CONTENT_B] as number };
    return addOwn(lines, at, shape, lineHash(content, numbers, extraContent(varying)), varying, extra);
  };

  /** The same for the request that `texts` has in hand. */
  const addRequest = (lines: LineColumns, at: number, shape: number, flags: number): boolean => {
    oneHash[0] = hashWith(texts.hash[0] as number, texts.hash[1] as number, lines, at);
    if (!seconds.add(lines.start, at, oneHash, 0)) return false;
    const index = add(lines, at, shape, flags, oneHash, 0);
    batch.ownHash[index] = 1;
    texts.keep(batch, index);
    return true;
  };

  /** The same for a line that has nothing but a shape and numbers. */
  const addPlain = (lines: LineColumns, at: number, shape: number, numbers: LineNumbers): boolean => {
    oneHash[0] = shapes.hashOf(shape, numbers);
    if (!seconds.add(lines.start, at, oneHash, 0)) return false;
    const flags = shapes.codes.data[shapes.place(shape) + FLAGS] as number;
    add(lines, at, shape, flags, oneHash, 0);
    return true;
  };

  /** The same for a line that has no template. */
  const addAlone = (lines: LineColumns, at: number, line: ParsedLine): boolean => {
    const shape = shapes.code(line);
    if (line.rebuildable) return addShaped(lines, at, shape, line.entry);
    const extra = encodeExtra(line.entry, dictionary);
    const isNamed = shapes.coded(shape).isNamed;
    const hash = rawLineHash(identityHash(line.identity, isNamed), line.raw, line.utf8);
    if (!addOwn(lines, at, shape, hash, line.entry, extra)) return false;
    const raw = Buffer.from(line.raw, line.utf8 ? 'utf8' : 'latin1');
    addRaw.run(Math.floor(line.numbers.start_time / 1_000), hash, raw);
    return true;
  };

  return (lines, from, until) => {
    makeRoom(until - from);
    lookAhead(lines, from, until - from);
    const { start, alone } = lines;
    let accepted = 0;
    for (let at = from, place = 0; at < until; at++, place++) {
      const shape = shapeAt[place] as number;
      if (shape !== 0 && !lines.hasText(at)) {
        if (!seconds.add(start, at, hashes, place)) continue;
        add(lines, at, shape, flagsAt[place] as number, hashes, place);
        accepted++;
        continue;
      }
      if (shape !== 0 && texts.take(lines, at, contentA[place] as number, contentB[place] as number)) {
        if (addRequest(lines, at, shape, flagsAt[place] as number)) accepted++;
        continue;
      }
      const line = alone.get(at);
      const extra = line === undefined ? extraOf(lines, at) : null;
      const isNew =
        line !== undefined ? addAlone(lines, at, line) : extra !== null && addShaped(lines, at, shape, extra);
      if (isNew) accepted++;
    }
    return accepted;
  };
}

/** Hash of a line of which that of all but its numbers is known. */
function hashWith(a: number, b: number, lines: LineColumns, at: number): number {
  return numbersHash(
    a,
    b,
    lines.start[at] as number,
    lines.duration[at] as number,
    lines.received[at] as number,
    lines.sent[at] as number,
    lines.upstreamLocalPort[at] as number,
    lines.downstreamRemotePort[at] as number,
  );
}

/** The numbers of a line. */
function numbersAt(lines: LineColumns, at: number): LineNumbers {
  return {
    start_time: lines.start[at] as number,
    duration: lines.duration[at] as number,
    bytes_received: lines.received[at] as number,
    bytes_sent: lines.sent[at] as number,
    upstream_local_port: lines.upstreamLocalPort[at] as number,
    downstream_remote_port: lines.downstreamRemotePort[at] as number,
  };
}
