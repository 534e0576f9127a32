/**
 * What the lines of whole hours add up to, series by series, kept from one question to the next: lines are very many, and most
 * hours stay as they are.
 */
import type { LineModel } from '../model.ts';
import type { Told } from './told.ts';

/** Of one model, all questions together. */
const BYTES_MAX = 32 * 1024 * 1024;

export type Cells = Float64Array | Int32Array;

/** Cells of all series of an hour, and where those of a series begin, by its place among those that are told now; -1: it has none. */
export interface HourCells<C extends Cells> {
  readonly cells: C;
  readonly places: Int32Array;
}

interface Kept extends HourCells<Cells> {
  /** Of the hour, when it was added up. */
  readonly changes: number;
  /** Labels of the series as text, in the order in which their cells stand. */
  readonly labels: readonly string[];
  /** True when there were no other series. */
  readonly isAll: boolean;
}

/** Adds up the lines of an hour: `width` cells for each series, one series after the other, in the order in which they are told. */
type ReadHour<C extends Cells> = (into: C) => Promise<void>;

/** Adds up hours for one question. */
export class KeptHours<C extends Cells> {
  readonly #model: Pick<LineModel, 'changesIn'>;
  readonly #shelf: Shelf;
  readonly #key: string;
  readonly #width: number;
  readonly #make: (cells: number) => C;
  readonly #selection: Pick<Told, 'labels' | 'total'>;
  readonly #labels: readonly string[];

  /** `question`: equal texts ask for the same cells of the same series. `make`: makes room for some cells, all 0. */
  constructor(
    question: string,
    { width, make }: { readonly width: number; readonly make: (cells: number) => C },
    selection: Pick<Told, 'labels' | 'total'>,
    model: Pick<LineModel, 'changesIn' | 'shapes'>,
  ) {
    this.#model = model;
    this.#shelf = shelfOf(model);
    this.#key = question;
    this.#width = width;
    this.#make = make;
    this.#selection = selection;
    this.#labels = selection.labels.map((labels) => JSON.stringify(labels));
  }

  /** As they are kept, or read now. */
  async cellsOf(hour: number, read: ReadHour<C>): Promise<HourCells<C>> {
    const changes = this.#model.changesIn(hour);
    const kept = this.#shelf.get(this.#key, hour);
    const found = kept?.changes === changes ? this.#find(kept) : null;
    if (found !== null) return found;
    const { labels, total } = this.#selection;
    const cells = this.#make(labels.length * this.#width);
    await read(cells);
    const places = Int32Array.from(labels, (_, place) => place * this.#width);
    this.#shelf.put(this.#key, hour, {
      changes,
      cells,
      places,
      labels: this.#labels,
      isAll: labels.length === total,
    });
    return { cells, places };
  }

  /** Null: series are told now that were not told then. */
  #find({ cells: kept, places: known, labels, isAll }: Kept): HourCells<C> | null {
    // What is kept for a question was made for it.
    const cells = kept as C;
    if (labels.length === this.#labels.length && labels.every((text, i) => text === this.#labels[i]))
      return { cells, places: known };
    const placeOf = new Map(labels.map((text, place) => [text, place * this.#width]));
    const places = Int32Array.from(this.#labels, (text) => placeOf.get(text) ?? -1);
    return isAll || !places.includes(-1) ? { cells, places } : null;
  }
}

/** What is kept of one table of shapes. */
export class Shelf {
  readonly #questions = new Map<string, Map<number, Kept>>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax = BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Questions of which anything is kept. */
  get size(): number {
    return this.#questions.size;
  }

  get(question: string, hour: number): Kept | undefined {
    return this.#questions.get(question)?.get(hour);
  }

  put(question: string, hour: number, kept: Kept): void {
    this.#take(question, hour);
    const bytes = bytesOf(question, kept);
    if (bytes > this.#bytesMax) return;
    const hours = this.#questions.get(question) ?? new Map<number, Kept>();
    // What was asked for longest ago is dropped first.
    this.#questions.delete(question);
    this.#questions.set(question, hours);
    for (const [other, its] of this.#questions) {
      if (this.#bytes + bytes <= this.#bytesMax) break;
      for (const one of [...its.keys()]) this.#take(other, one);
    }
    hours.set(hour, kept);
    this.#questions.set(question, hours);
    this.#bytes += bytes;
  }

  #take(question: string, hour: number): void {
    const hours = this.#questions.get(question);
    const kept = hours?.get(hour);
    if (kept === undefined) return;
    this.#bytes -= bytesOf(question, kept);
    hours?.delete(hour);
    if (hours?.size === 0) this.#questions.delete(question);
  }
}

/** What the objects of one hour take beside their numbers and texts, about. */
const OBJECT_BYTES = 512;
const BYTES_PER_LETTER = 2;

function bytesOf(question: string, { cells, places, labels }: Kept): number {
  const letters = labels.reduce((sum, label) => sum + label.length, question.length);
  return cells.byteLength + places.byteLength + BYTES_PER_LETTER * letters + OBJECT_BYTES;
}

/** By the table of shapes, which is another one when all is read anew. */
const SHELVES = new WeakMap<LineModel['shapes'], Shelf>();

function shelfOf({ shapes }: Pick<LineModel, 'shapes'>): Shelf {
  const shelf = SHELVES.get(shapes) ?? new Shelf();
  SHELVES.set(shapes, shelf);
  return shelf;
}
