/** Tells all readers what is new: one look at the store serves them all, and none is made when nobody listens. */
import { randomBytes } from 'node:crypto';
import { insistOnNewest } from '../../answers/moment.ts';
import type { Arrivals } from '../../domain/arrivals.ts';
import { AppError } from '../../domain/errors.ts';
import { type Filter, isNoFilter } from '../../domain/filter.ts';
import {
  EVENT_HEARTBEAT_MS,
  EVENT_LINGER_MS,
  EVENT_LOOK_MS,
  EVENTS_KEPT_MAX,
  SUBSCRIBERS_MAX,
} from '../../domain/limits.ts';
import type { Analysis } from '../../domain/queries.ts';
import { eventText, Subscriber, type Wishes } from './subscriber.ts';
import { Tail } from './tail.ts';
import { type News, Watch } from './watch.ts';

export interface HubDeps {
  readonly analysis: Analysis;
  readonly arrivals: Arrivals;
  /** Ms since the epoch. */
  readonly now: () => number;
}

/** What was told, for readers that come back. */
interface Told {
  readonly number: number;
  readonly news: News;
}

export class EventHub {
  readonly #deps: HubDeps;
  readonly #subscribers = new Set<Subscriber>();
  readonly #tail: Tail;
  #watch: Watch | null = null;
  /** Tells this process's numbers from another's. */
  #name = '';
  #number = 0;
  #told: Told[] = [];
  #timer: NodeJS.Timeout | null = null;
  #alone: number | null = null;
  #beat = 0;
  #isClosed = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(deps: HubDeps) {
    this.#deps = deps;
    this.#tail = new Tail(deps.analysis, deps.arrivals);
  }

  /** Number of readers. */
  get size(): number {
    return this.#subscribers.size;
  }

  /**
   * Adds a reader, who gets what it missed since `lastId` first, then `ready`; `reset` where that is not known.
   * Errors: `too_many_requests`, `draining`, and those of the store.
   */
  async subscribe(wishes: Wishes, lastId: string | null): Promise<Subscriber> {
    if (this.#isClosed) throw new AppError('draining', 'cannot tell events: the server is about to stop');
    // In turn with the looks, so that nothing is told twice, or in another order.
    return this.#inTurn(async () => {
      if (this.#subscribers.size >= SUBSCRIBERS_MAX) {
        throw new AppError(
          'too_many_requests',
          `cannot tell events to more than ${SUBSCRIBERS_MAX} readers at once`,
        );
      }
      await this.#start();
      const subscriber = new Subscriber(wishes, () => this.#leave(subscriber));
      const missed = lastId === null ? [] : this.#since(lastId);
      const first = eventText(missed === null ? 'reset' : 'ready', this.#idOf(this.#number), {});
      // What was missed comes before the id of now: who is cut off between them is told again.
      subscriber.send('retry: 2000\n\n');
      for (const { number, news } of missed ?? []) {
        if (await this.#isWanted(subscriber, news)) subscriber.send(this.#textOf(number, news));
      }
      subscriber.send(first);
      this.#subscribers.add(subscriber);
      this.#listen();
      if (this.#isClosed) subscriber.end();
      return subscriber;
    });
  }

  /** One after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  /** Ends all readers, and looks no more. */
  close(): void {
    this.#isClosed = true;
    for (const subscriber of this.#subscribers) subscriber.end();
    this.#stop();
  }

  async #start(): Promise<void> {
    this.#alone = null;
    if (this.#watch !== null) return;
    const watch = new Watch(this.#deps.analysis);
    await watch.begin(this.#deps.now());
    if (this.#isClosed) return;
    this.#watch = watch;
    this.#name = randomBytes(6).toString('hex');
    this.#told = [];
    this.#number = 0;
    this.#plan();
  }

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#watch = null;
    this.#deps.arrivals.listen(false);
  }

  #leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    this.#listen();
  }

  /** Notes lines as they come in while somebody wants to see them. */
  #listen(): void {
    this.#deps.arrivals.listen([...this.#subscribers].some(({ wishes }) => wishes.connection !== undefined));
  }

  #plan(): void {
    this.#timer = setTimeout(() => void this.#look(), EVENT_LOOK_MS);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const watch = this.#watch;
    if (watch === null) return;
    const now = this.#deps.now();
    try {
      await this.#inTurn(() => this.#tell(watch, now));
    } catch {
      // The store has failed; whoever comes back is told so.
      for (const subscriber of this.#subscribers) subscriber.end();
      this.#stop();
      return;
    }
    if (this.#subscribers.size > 0) this.#alone = null;
    else this.#alone ??= now;
    if (this.#watch !== watch) return;
    // Who comes back soon is told what it missed.
    if (this.#alone !== null && now - this.#alone > EVENT_LINGER_MS) this.#stop();
    else this.#plan();
  }

  async #tell(watch: Watch, now: number): Promise<void> {
    const { news, dropped } = await watch.look(now);
    for (const one of news) {
      this.#number++;
      this.#told.push({ number: this.#number, news: one });
      if (this.#told.length > EVENTS_KEPT_MAX) this.#told.shift();
      const text = this.#textOf(this.#number, one);
      for (const subscriber of this.#subscribers)
        if (await this.#isWanted(subscriber, one)) subscriber.send(text);
    }
    this.#tail.look();
    for (const subscriber of this.#subscribers) await this.#tellTail(subscriber, dropped);
    if (now - this.#beat < EVENT_HEARTBEAT_MS) return;
    this.#beat = now;
    for (const subscriber of this.#subscribers) subscriber.send(': still here\n\n');
  }

  /** Connections, and how much of anything was left out. */
  async #tellTail(subscriber: Subscriber, news: number): Promise<void> {
    const { wishes } = subscriber;
    const filter = wishes.connection;
    if (filter !== undefined) {
      // What came in is looked for once: it has to be there.
      const { connections, dropped } = await insistOnNewest(() => this.#tail.matching(filter));
      for (const one of connections) subscriber.send(eventText('connection', null, one));
      if (dropped > 0) subscriber.send(eventText('dropped', null, { type: 'connection', count: dropped }));
    }
    if (news > 0 && (wishes.incident ?? wishes.shift) !== undefined)
      subscriber.send(eventText('dropped', null, { type: 'incident', count: news }));
  }

  async #isWanted({ wishes }: Subscriber, news: News): Promise<boolean> {
    const filter: Filter | undefined = wishes[news.type];
    if (filter === undefined) return false;
    // What is gone cannot be asked for any more.
    if (isNoFilter(filter) || (news.type === 'incident' && news.data.incident === null)) return true;
    const { analysis } = this.#deps;
    if (news.type === 'shift') return (await analysis.shiftIds(filter)).includes(news.id);
    return (await analysis.incidentHeads(filter)).some(({ id }) => id === news.id);
  }

  #textOf(number: number, news: News): string {
    return eventText(news.type, this.#idOf(number), news.data);
  }

  #idOf(number: number): string {
    return `${this.#name}-${number}`;
  }

  /** What was told behind an id; null when that is not known here any more. */
  #since(lastId: string): readonly Told[] | null {
    const [name, text = ''] = lastId.split('-', 2);
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    const oldest = this.#told[0]?.number ?? this.#number + 1;
    if (name !== this.#name || !(number >= oldest - 1 && number <= this.#number)) return null;
    return this.#told.filter((one) => one.number > number);
  }
}
