/** Brings lines to the reader as a log pipeline does: some time after the connection ended, some late, lost or twice. */
import type { Pod } from './model.ts';
import type { SimulationOptions } from './options.ts';
import { hash32, Random } from './random.ts';
import type { LineRecord, TruthRecorder } from './truth.ts';

/** Envoy collects what it logs for so long before it writes. */
const FLUSH_MS = 1_000;
/** Lines of one pod that a reader may see again when it reconnects. */
const REREAD_LINES = 20;
const OUTAGE_MS_MIN = 60_000;
const OUTAGE_MS_MAX = 300_000;

export class Delivery {
  readonly #options: SimulationOptions;
  readonly #truth: TruthRecorder;
  readonly #random: Random;
  readonly #waiting = new TimeQueue<LineRecord>();
  readonly #recent = new Map<number, LineRecord[]>();

  constructor(options: SimulationOptions, truth: TruthRecorder) {
    this.#options = options;
    this.#truth = truth;
    this.#random = new Random(options.seed, 'delivery');
  }

  /** Takes a line that a proxy writes at this time. */
  write(record: LineRecord, writtenAt: number): void {
    if (this.#random.chance(this.#options.lossRate)) {
      this.#truth.lost();
      return;
    }
    const arrives = writtenAt + this.#random.next() * FLUSH_MS + this.#shipping();
    this.#waiting.push(this.#afterOutage(record.pod, arrives), record);
  }

  /** The next line that arrives up to this time, or null. */
  next(time: number): LineRecord | null {
    const due = this.#waiting.nextTime();
    if (due > time) return null;
    const record = this.#waiting.pop();
    if (record !== null && this.#options.duplicateRate > 0 && !record.delivered) this.#reread(record, due);
    return record;
  }

  /** The readers of some pods are away for some minutes, once; what comes meanwhile they read afterwards. */
  #afterOutage(pod: Pod, time: number): number {
    const { outageRate, seed, startTime, lines, linesPerSecond } = this.#options;
    const draw = (label: string): number => hash32(`${label} ${pod.uid}`, seed >>> 0) / 0x1_0000_0000;
    if (outageRate === 0 || draw('outage') >= outageRate) return time;
    const begins = startTime + (draw('begins') * lines * 1_000) / linesPerSecond;
    const ends = begins + OUTAGE_MS_MIN + draw('lasts') * (OUTAGE_MS_MAX - OUTAGE_MS_MIN);
    return time >= begins && time < ends ? ends + this.#random.between(0, 2_000) : time;
  }

  #shipping(): number {
    const random = this.#random;
    const usual = Math.min(10_000, Math.max(100, random.logNormal(400, 1)));
    return random.chance(this.#options.lateRate) ? usual + random.between(5_000, 80_000) : usual;
  }

  /** Remembers the line; now and then the reader of this pod begins again some lines back. */
  #reread(record: LineRecord, time: number): void {
    let recent = this.#recent.get(record.pod.uid);
    if (recent === undefined) {
      recent = [];
      this.#recent.set(record.pod.uid, recent);
    }
    if (this.#random.chance((2 * this.#options.duplicateRate) / REREAD_LINES)) {
      const again = recent.slice(-1 - this.#random.int(REREAD_LINES));
      for (const line of again) this.#waiting.push(time + this.#random.between(500, 3_000), line);
    }
    recent.push(record);
    if (recent.length > REREAD_LINES) recent.shift();
  }
}

/** A binary heap by time. Equal times come out in an order that depends on the pushes alone. */
export class TimeQueue<T> {
  readonly #times: number[] = [];
  readonly #items: T[] = [];

  /** Infinity when it is empty. */
  nextTime(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  push(time: number, item: T): void {
    const times = this.#times;
    const items = this.#items;
    let at = times.length;
    times.push(time);
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((times[parent] as number) <= time) break;
      times[at] = times[parent] as number;
      items[at] = items[parent] as T;
      at = parent;
    }
    times[at] = time;
    items[at] = item;
  }

  /** Takes the earliest item; null when it is empty. */
  pop(): T | null {
    const top = this.#items[0];
    const time = this.#times.pop();
    const item = this.#items.pop();
    if (top === undefined || time === undefined || item === undefined) return null;
    if (this.#items.length > 0) this.#sink(time, item);
    return top;
  }

  /** Puts an item in the place of the top and lets it sink. The casts: every index is below the length. */
  #sink(time: number, item: T): void {
    const times = this.#times;
    const items = this.#items;
    const length = times.length;
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && (times[child + 1] as number) < (times[child] as number)) child++;
      if ((times[child] as number) >= time) break;
      times[at] = times[child] as number;
      items[at] = items[child] as T;
      at = child;
    }
    times[at] = time;
    items[at] = item;
  }
}
