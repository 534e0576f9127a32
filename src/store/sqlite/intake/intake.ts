/** Takes lines into a batch, each new one once: as shapes and numbers, with a hash of what they say. */
import type Database from 'better-sqlite3';
import type { LineNumbers, ParsedLine } from '../../../domain/entry.ts';
import type { LineColumns } from '../../../domain/line-columns.ts';
import { identityHash, lineHash, rawLineHash } from '../../../domain/line-hash.ts';
import type { Templates } from '../../../domain/templates.ts';
import type { Dictionary } from '../dictionary.ts';
import { type Extra, encodeExtra, extraContent, extraOf, requestHash } from '../extra.ts';
import type { LineBatch } from '../line-batch.ts';
import { copyNumbers } from '../number-columns.ts';
import { CONTENT_A, CONTENT_B, FLAGS, IS_SERVER } from '../shape-codes.ts';
import { CONTENT_A_OF, CONTENT_B_OF, FLAGS_OF, SHAPE_OF, type Shapes, TEMPLATE_FACTS } from '../shapes.ts';
import { type IntakeMemory, OTHER } from './intake-memory.ts';
import { RequestTexts } from './request-texts.ts';
import type { Seconds } from './seconds.ts';

export interface Intake {
  /** Takes in the lines of [from, until), and answers how many of them are new: they are in the batch. */
  take(lines: LineColumns, from: number, until: number): number;
  reset(): void;
}

export interface IntakeDeps {
  readonly db: Database.Database;
  readonly dictionary: Dictionary;
  readonly shapes: Shapes;
  readonly seconds: Seconds;
  readonly memory: IntakeMemory;
  readonly batch: LineBatch;
}

/** Lines that are taken in at once: few enough that what is held of them stays in the nearest memory from step to step. */
export const TAKEN_LINES_MAX = 8_192;

export function createIntake({ db, dictionary, shapes, seconds, memory, batch }: IntakeDeps): Intake {
  const addRaw = db.prepare('INSERT OR IGNORE INTO raw_line VALUES (?, ?, ?)');
  const { code } = memory;
  const texts = new RequestTexts(memory, dictionary);
  /** Whose facts the memory has. */
  let known: Templates | null = null;

  const forget = (): void => {
    code.forgetFacts();
    texts.forget();
  };

  /** Puts lines into the memory. */
  const stage = (lines: LineColumns, from: number, until: number): void => {
    if (lines.templates !== known) {
      forget();
      known = lines.templates;
    }
    const { columns } = memory;
    columns.template.set(lines.template.subarray(from, until));
    columns.textEnd[0] = from === 0 ? 0 : (lines.textEnd[from - 1] as number);
    columns.textEnd.set(lines.textEnd.subarray(from, until), 1);
    copyNumbers(columns, 0, lines, from, until);
    texts.stage(lines, from, until);
  };

  /** Works out shapes and hashes of the staged lines that have a template. */
  const lookAhead = (lines: LineColumns, count: number): void => {
    const { templates } = lines;
    code.reserveFacts(templates?.size ?? 0);
    for (let at = code.lookAhead(0, count); at < count; at = code.lookAhead(at, count)) {
      if (templates === null) throw new Error('BUG: a line has a template, and there are none');
      learn(templates, memory.columns.template[at] as number);
    }
  };

  const learn = (templates: Templates, template: number): void => {
    const facts = shapes.factsOf(templates);
    const at = template * TEMPLATE_FACTS;
    if (facts[at + SHAPE_OF] === 0) shapes.codeTemplate(templates, template, facts);
    code.putFacts(
      template,
      facts[at + SHAPE_OF] as number,
      facts[at + CONTENT_A_OF] as number,
      facts[at + CONTENT_B_OF] as number,
      facts[at + FLAGS_OF] as number,
    );
    if (texts.areThere) texts.learn(templates, template);
  };

  /** Puts the first staged lines into the batch. */
  const addStaged = (count: number): void => {
    if (count === 0) return;
    const { columns } = memory;
    const first = batch.growBy(count);
    batch.shape.set(columns.shape.subarray(0, count), first);
    copyNumbers(batch, first, columns, 0, count);
    batch.hash.set(columns.hash.subarray(0, count), first);
    batch.isServer.set(columns.isServer.subarray(0, count), first);
    if (texts.areThere) texts.keepTaken(batch, first, count);
  };

  /** Puts a new line into the batch and answers its index. */
  const add = (lines: LineColumns, at: number, shape: number, flags: number, hash: number): number => {
    const index = batch.grow();
    batch.shape[index] = shape;
    batch.start[index] = lines.start[at] as number;
    batch.duration[index] = lines.duration[at] as number;
    batch.received[index] = lines.received[at] as number;
    batch.sent[index] = lines.sent[at] as number;
    batch.upstreamLocalPort[index] = lines.upstreamLocalPort[at] as number;
    batch.downstreamRemotePort[index] = lines.downstreamRemotePort[at] as number;
    batch.hash[index] = hash;
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
    if (!seconds.add(lines.start[at] as number, hash)) return false;
    const flags = shapes.numberOf(shape, FLAGS);
    const index = add(lines, at, shape, flags, hash);
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

  /** The same for a line that has nothing but a shape and numbers. */
  const addPlain = (lines: LineColumns, at: number, shape: number, numbers: LineNumbers): boolean => {
    const hash = shapes.hashOf(shape, numbers);
    if (!seconds.add(lines.start[at] as number, hash)) return false;
    add(lines, at, shape, shapes.numberOf(shape, FLAGS), hash);
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

  /** Takes in a line that `code.take` stopped at; false: it is there already. `staged`: its place among those in hand. */
  const addOther = (lines: LineColumns, at: number, staged: number): boolean => {
    const { columns } = memory;
    const shape = columns.shape[staged] as number;
    const flags = columns.flags[staged] as number;
    const why = code.stoppedFor();
    if (why !== OTHER) {
      const hash = columns.hash[staged] as number;
      if (!seconds.addOld(why, lines.start[at] as number, hash)) return false;
      const index = add(lines, at, shape, flags, hash);
      if (texts.areThere) texts.keepOne(batch, index, staged);
      return true;
    }
    const line = lines.alone.get(at);
    if (line !== undefined) return addAlone(lines, at, line);
    const extra = extraOf(lines, at);
    return extra !== null && addShaped(lines, at, shape, extra);
  };

  const takeStaged = (lines: LineColumns, from: number, count: number): number => {
    let accepted = 0;
    for (let at = 0; at < count; at++) {
      at = code.take(at, count, batch.extrasEnd);
      const taken = code.takenLines();
      addStaged(taken);
      accepted += taken;
      if (at < count && addOther(lines, from + at, at)) accepted++;
    }
    return accepted;
  };

  return {
    take(lines, from, until) {
      stage(lines, from, until);
      lookAhead(lines, until - from);
      return takeStaged(lines, from, until - from);
    },
    reset() {
      known = null;
      forget();
    },
  };
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
