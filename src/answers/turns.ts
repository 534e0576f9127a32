/**
 * Which thread answers, and from which moment.
 *
 * At rest, and as long as it follows quickly, one thread brings its model up to date when it is asked. While more is stored than it
 * can follow within the time that somebody waits, it follows by itself, stays at the moment that it has followed to, and answers
 * from there. Where following takes so long that whoever asks meanwhile would notice, a second thread makes a model of its
 * own: one of them follows while the other answers, and then they change places.
 */
import { AppError } from '../domain/errors.ts';
import { steadyNow } from './deadline.ts';
import type { Question } from './messages.ts';
import { createPace } from './pace.ts';
import { createRehearsal } from './rehearsal.ts';
import { hasRoomForTwin } from './room.ts';
import type { Supply } from './supply.ts';
import { startThread, type Thread, type ThreadOptions } from './thread.ts';

/** How long each of them waits, and when there are two. */
export interface TurnLimits {
  /** Ms that a question may wait for what was stored before it, while more and more is stored. */
  readonly patienceMs: number;
  /** Ms without a question after which no moment is held any more. */
  readonly askedMs: number;
  /** Changed flows that are followed also when nobody asks: whoever is the first to ask again does not wait for more. */
  readonly idleChanges: number;
  /** Ms without lines after which the store is at rest. */
  readonly restMs: number;
  /** Ms between two steps, at least. */
  readonly pauseMs: number;
  /** Share of its time that the store must be busy before there is a second thread. */
  readonly busyShare: number;
  /** Ms without a long step after which the second thread is ended, and after it has died before there is another. */
  readonly twinMs: number;
  /** Bytes of the write-ahead log: a single thread then lets go of its moment for a transaction; two stay at theirs, up to so many. */
  readonly logBytes: { readonly 1: number; readonly 2: number };
}

export const TURN_LIMITS: TurnLimits = Object.freeze({
  patienceMs: 250,
  askedMs: 60_000,
  idleChanges: 1_000_000,
  restMs: 200,
  pauseMs: 250,
  busyShare: 0.3,
  twinMs: 60_000,
  logBytes: { 1: 64 * 1024 * 1024, 2: 1024 * 1024 * 1024 },
});

/** Following leaves time to others: times of the last step, by the number of threads. */
const PAUSE_STEPS = { 1: 3, 2: 1 } as const;
/** A pause is no longer than this, ms: the first step learns everything. */
const PAUSE_MS_MAX = 5_000;
/** Ms that a transaction is waited for, and that questions of an earlier moment are. */
const TRANSACTION_MS_MAX = 250;
const IDLE_MS_MAX = 2_000;
/** A second thread is looked for when it certainly has been idle for long. */
const TWIN_SLACK_MS = 20;

/** A thread and the moment it stays at. */
interface Seat {
  readonly thread: Thread;
  /** Version of the moment that it stays at; null: at none, it goes with the store. */
  at: number | null;
  /** The newest version that is known to be in its model; null: not known. */
  followed: number | null;
}

/** What is asked, wherever. */
type Asked = Pick<Question, 'method' | 'args'>;

/** Whom to ask, and for which version; 0: for the moment that the thread stays at. */
export interface Turn {
  readonly thread: Thread;
  readonly version: number;
}

export class Turns {
  readonly #options: ThreadOptions;
  readonly #supply: Supply;
  readonly #limits: TurnLimits;
  readonly #pace = createPace();
  readonly #rehearsal = createRehearsal();
  #answering: Seat;
  /** The one that follows meanwhile. */
  #other: Seat | null = null;
  /** The second one, until it has followed for the first time. */
  #starting: Seat | null = null;
  /** When there may be a second thread (again); by `steadyNow`, like all of these. */
  #twinAfter = 0;
  #asked = Number.NEGATIVE_INFINITY;
  #longStep = Number.NEGATIVE_INFINITY;
  #nextStep = 0;
  /** True while the one thread that there is follows, and cannot answer. */
  #isStepping = false;
  #isRunning = false;
  /** Questions that wait for something to change. */
  #waiting: Array<() => void> = [];
  /** Ends the pause between two steps before its time. */
  #endPause = (): void => {};
  isClosed = false;

  constructor(options: ThreadOptions, supply: Supply, limits = TURN_LIMITS) {
    this.#options = options;
    this.#supply = supply;
    this.#limits = limits;
    this.#answering = this.#newSeat();
  }

  /** Errors: those of the opening. */
  begin(): Promise<void> {
    return this.#answering.thread.ready;
  }

  get threads(): 1 | 2 {
    return this.#other === null ? 1 : 2;
  }

  /** Of the moment that an answer is of, if it is asked for now. */
  version(): number {
    const { at } = this.#answering;
    return at !== null && this.#isBehind(at) ? at : this.#supply.version();
  }

  /**
   * Who answers a question that is asked when `wanted` is the newest version. It waits for that while nothing more is stored, or as
   * long as it takes where it insists.
   */
  async turnFor(wanted: number, insists: boolean): Promise<Turn> {
    this.#asked = steadyNow();
    for (;;) {
      if (this.isClosed)
        throw new AppError('draining', 'cannot answer any more: the server is about to stop');
      this.note();
      await this.#revive();
      const { thread, at } = this.#answering;
      if (this.#isStepping) await this.#change();
      else if (at === null) return { thread, version: wanted };
      else if (at >= wanted) return { thread, version: 0 };
      else if (insists || !this.#isBehind(at) || !(await this.#supply.moves(this.#limits.restMs))) {
        // Nothing more is stored for now, or it does not matter: what is, will soon be followed.
        if (this.#other === null) return { thread, version: wanted };
        if (!insists) this.#endPause();
        await this.#change();
      } else if (this.#answering.at !== null && !this.#isStepping)
        return { thread: this.#answering.thread, version: 0 };
    }
  }

  /** Told of each answer, and how long it took, ms. */
  noteAnswer({ thread }: Turn, version: number, question: Asked, ms: number): void {
    this.#rehearsal.note(question, ms);
    for (const seat of [this.#answering, this.#other]) {
      if (seat?.thread !== thread) continue;
      seat.followed = Math.max(seat.followed ?? version, version);
      if (seat.at !== null) seat.at = Math.max(seat.at, version);
    }
  }

  /** Told of each version that is stored. */
  note(): void {
    if (this.#isRunning || this.isClosed || !this.#isDue()) return;
    this.#isRunning = true;
    void this.#run()
      // A thread that died is replaced with the next question.
      .catch(() => {})
      .finally(() => {
        this.#isRunning = false;
        this.#wake();
      });
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#endPause();
    this.#wake();
    const seats = [this.#answering, this.#other, this.#starting].filter((seat) => seat !== null);
    await Promise.all(seats.map(({ thread }) => thread.close()));
  }

  #newSeat(): Seat {
    return { thread: startThread(this.#options), at: null, followed: null };
  }

  /** One that has died is replaced, by the other where there is one. */
  async #revive(): Promise<void> {
    if (this.#other?.thread.hasEnded() === true) this.#dropOther();
    if (this.#answering.thread.hasEnded()) {
      this.#answering = this.#other?.at != null ? this.#other : this.#newSeat();
      this.#dropOther();
    }
    await this.#answering.thread.ready;
  }

  /** More is stored than would be followed while somebody waits. */
  #isBehind(at: number): boolean {
    if (this.#supply.version() <= at) return false;
    return this.#other !== null || this.#pace.estimate(this.#supply.changes(at)) > this.#limits.patienceMs;
  }

  #isDue(): boolean {
    const { at, followed } = this.#answering;
    if (!this.#isAsked()) return this.#isHeld() || this.#isFar();
    if (this.#isTwinIdle()) return true;
    // Until there are two, whoever asks is answered from where the first one is.
    if (this.#starting !== null && at !== null) return false;
    const since = at ?? followed;
    // Where nothing was followed yet, the first question does.
    return since !== null && this.#isBehind(since);
  }

  /** So much has changed that it is followed for nobody. */
  #isFar(): boolean {
    const { followed } = this.#answering;
    if (followed === null) return false;
    return (this.#supply.changes(followed) ?? Number.POSITIVE_INFINITY) > this.#limits.idleChanges;
  }

  #isHeld(): boolean {
    return this.#answering.at !== null || this.#other !== null;
  }

  #isAsked(): boolean {
    return steadyNow() - this.#asked <= this.#limits.askedMs;
  }

  #isTwinIdle(): boolean {
    return this.#other !== null && steadyNow() - this.#longStep > this.#limits.twinMs;
  }

  async #run(): Promise<void> {
    while (!this.isClosed && this.#isDue()) {
      await this.#pause();
      if (this.isClosed) return;
      await this.#revive();
      if (!this.#isAsked() && this.#isHeld()) await this.#rest();
      else if (this.#isTwinIdle()) await this.#dropOther()?.thread.close();
      else if (this.#other === null) await this.#stepAlone();
      else await this.#stepAside(this.#other);
      this.#wake();
    }
    if (this.isClosed) return;
    // What is missing is followed while somebody waits.
    if (this.#other === null) await this.#letGoAlone();
    else setTimeout(() => this.note(), this.#limits.twinMs + TWIN_SLACK_MS).unref();
  }

  async #letGoAlone(): Promise<void> {
    if (this.#starting === null) await this.#letGo(this.#answering);
  }

  /** Following leaves time to others. */
  async #pause(): Promise<void> {
    const ms = this.#nextStep - steadyNow();
    if (ms <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Nobody asks any more: nothing is held, and one thread is enough. */
  async #rest(): Promise<void> {
    await this.#dropOther()?.thread.close();
    await this.#letGo(this.#answering);
  }

  async #stepAlone(): Promise<void> {
    const seat = this.#answering;
    this.#isStepping = true;
    try {
      if (seat.at !== null && this.#supply.logBytes() > this.#limits.logBytes[1]) {
        await this.#letGo(seat);
        // While nobody reads the log, the next transaction takes it into the file.
        await this.#supply.stored(TRANSACTION_MS_MAX);
      }
      const { ms, heapBytes } = await this.#follow(seat);
      const isLong = ms > this.#limits.patienceMs && this.#supply.busyShare() > this.#limits.busyShare;
      if (isLong && this.#isAsked() && this.#mayHaveTwin() && hasRoomForTwin(heapBytes)) this.#startTwin();
    } finally {
      this.#isStepping = false;
    }
  }

  #mayHaveTwin(): boolean {
    return this.#starting === null && steadyNow() > this.#twinAfter;
  }

  #startTwin(): void {
    const seat = this.#newSeat();
    this.#starting = seat;
    const begin = async (): Promise<void> => {
      await seat.thread.ready;
      await this.#follow(seat);
      this.#longStep = steadyNow();
      this.#other = seat;
    };
    void begin()
      .catch(() => {
        this.#twinAfter = steadyNow() + this.#limits.twinMs;
      })
      .finally(() => {
        this.#starting = null;
        this.note();
      });
  }

  async #stepAside(other: Seat): Promise<void> {
    const { ms } = await this.#follow(other);
    if (ms > this.#limits.patienceMs) this.#longStep = steadyNow();
    // What is worked out once for a moment is there when the first one asks for it.
    await this.#rehearsal.play(other.thread);
    if (this.#supply.logBytes() > this.#limits.logBytes[2]) await this.#takeLogIn(other);
    else await this.#letGo(this.#takeTurns(other));
  }

  /**
   * The log can be begun anew only when all that reads it is at its end. Lines wait until the one that follows is there, and the
   * other has let go.
   */
  async #takeLogIn(other: Seat): Promise<void> {
    await this.#supply.holdBack();
    try {
      await this.#follow(other);
      const before = this.#takeTurns(other);
      await this.#letGo(before);
      for (let left = IDLE_MS_MAX; before.thread.busy > 0 && left > 0; left -= 50) await pause(50);
      await this.#supply.checkpoint();
      await other.thread.renew();
    } finally {
      this.#supply.resume();
    }
  }

  async #follow(seat: Seat) {
    const version = this.#supply.version();
    const flows = seat.followed === null ? null : this.#supply.changes(seat.followed);
    const done = await seat.thread.follow(version);
    seat.at = done.version;
    seat.followed = done.version;
    if (flows !== null) this.#pace.note({ ms: done.ms, flows });
    const pauseMs = Math.min(PAUSE_MS_MAX, PAUSE_STEPS[this.threads] * done.ms);
    this.#nextStep = steadyNow() + Math.max(this.#limits.pauseMs, pauseMs);
    return done;
  }

  async #letGo(seat: Seat): Promise<void> {
    if (seat.at === null) return;
    seat.at = null;
    await seat.thread.letGo();
  }

  /** One that has followed further answers from now on. Returns the one that does not. */
  #takeTurns(other: Seat): Seat {
    const before = this.#answering;
    if ((other.at ?? 0) < (before.at ?? before.followed ?? 0)) return other;
    this.#answering = other;
    this.#other = before;
    this.#wake();
    return before;
  }

  /** Returns what was let go of. */
  #dropOther(): Seat | null {
    const other = this.#other;
    this.#other = null;
    this.#twinAfter = steadyNow() + this.#limits.twinMs;
    return other;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const woken = this.#waiting;
    this.#waiting = [];
    for (const resume of woken) resume();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
