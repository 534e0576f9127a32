/** Keeps the model up to date with the store, at the cost of what changed. */
import type { Flow, LineReader } from '../domain/ports.ts';
import { boundFailures } from './bounded-failures.ts';
import { findCaptures } from './captures.ts';
import { findChanges } from './changes.ts';
import { APART_PLAN } from './conditions/apart-clocks.ts';
import { CONDITIONS, SCAN_PLAN } from './conditions/catalogue.ts';
import { HOUR_LINES_MAX } from './conditions/condition.ts';
import { ENCRYPTION_PLAN } from './conditions/encryption.ts';
import { endingsPlan } from './conditions/endings.ts';
import { scan } from './diagnoses/scan.ts';
import { FAILURES_PLAN } from './failures.ts';
import type { Finding } from './findings.ts';
import { withHostShifts } from './host-shifts.ts';
import type { HourColumns } from './hour-columns.ts';
import { joinFailures } from './joined-failures.ts';
import type { Judgement } from './judgement.ts';
import { Knowledge } from './knowledge.ts';
import { LegTable } from './leg-table.ts';
import type { Leg } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import { compareFindings, type Model } from './model.ts';
import { PairTimesBook } from './pair-times-book.ts';
import { ReadMemo } from './read-memo.ts';
import { RouteBook } from './route-book.ts';
import type { Run } from './routes.ts';
import { type FindingBook, ScopeBook } from './scope-book.ts';
import type { ShapeModel } from './shape-model.ts';
import { ShiftBook } from './shift-book.ts';
import type { ShiftDraft } from './shifts.ts';
import { judge } from './states.ts';
import { StreamBook } from './stream-book.ts';

export class LivingModel implements Model {
  readonly #store: LineReader;
  #version: number | null = null;
  #table = new LegTable();
  #routes = new RouteBook();
  #changes = new ShiftBook();
  /** Legs whose judgement may be another since routes were put together; null: all, since that was never done. */
  #pending: Set<LivingLeg> | null = null;
  #isDerived = false;
  #scans = new ScopeBook(SCAN_PLAN);
  #apart = new ScopeBook(APART_PLAN);
  #endings = this.#newEndings();
  #times = this.#newTimes();
  #books = newBooks();
  /** Ids of shapes whose failures a change of routing or a scan accounts for. */
  #explained: ReadonlySet<number> = new Set();

  state: object = {};
  reader: ReadMemo;
  known = new Knowledge(this.#table);
  streams = new StreamBook(this.known);
  runs: readonly Run[] = [];
  shifts: readonly ShiftDraft[] = [];
  findings: readonly Finding[] = [];
  findingOf: ReadonlyMap<string, Finding> = new Map();

  constructor(store: LineReader) {
    this.#store = store;
    this.reader = new ReadMemo(store);
  }

  get shapes(): LegTable['shapes'] {
    return this.#table.shapes;
  }

  get first(): number | null {
    return this.#table.first;
  }

  get lastStart(): number | null {
    return this.#table.lastStart;
  }

  get end(): number | null {
    return this.#table.end;
  }

  isSteady(shape: ShapeModel): boolean {
    return this.known.isSteady(shape as LivingShape);
  }

  connectionsIn(hour: number): number {
    return this.#table.connectionsIn(hour);
  }

  changesIn(hour: number): number {
    return this.#table.changesIn(hour);
  }

  legsIn(hour: number): readonly Leg[] {
    return this.#table.legsIn(hour);
  }

  columnsIn(hour: number): HourColumns {
    return this.#table.columnsIn(hour);
  }

  judgementOf(leg: Leg): Judgement | null {
    return this.#judge(leg as LivingLeg);
  }

  /** True when lines can be judged as of the store's present version; `whole`: and everything else is derived too. */
  isFresh(whole: boolean): boolean {
    return this.#version === this.#store.version() && (this.#isDerived || !whole);
  }

  /** Takes in what changed in the store. Errors: the store's; the next update then begins anew. */
  async update(whole: boolean): Promise<void> {
    try {
      await this.#refresh();
      if (whole && !this.#isDerived) await this.#derive();
    } catch (error) {
      this.#version = null;
      throw error;
    }
  }

  async #refresh(): Promise<void> {
    const all = new LegTable();
    const { version, whole, flows } = await this.#store.changedFlows(this.#version, (own) =>
      all.takeShape(own),
    );
    if (whole) {
      all.load(flows);
      this.reader = new ReadMemo(this.#store);
      this.#table = all;
      this.#times = this.#newTimes();
      this.#times.note(all.tcpHours());
      this.#learnAnew();
    } else if (flows.length > 0) this.#takeIn(flows);
    if (flows.length > 0 || whole) this.#isDerived = false;
    this.state = {};
    this.#version = version;
  }

  #takeIn(flows: readonly Flow[]): void {
    this.reader.forget(flows.map((flow) => flow.shape.id));
    const hours = new Set(flows.map((flow) => flow.hour));
    const small = [...hours].filter((hour) => this.#table.connectionsIn(hour) <= HOUR_LINES_MAX);
    const grown = this.#table.take(flows);
    this.#times.note(flows.filter(({ shape }) => !shape.http).map(({ hour }) => hour));
    this.#touchHours(new Set(small.filter((hour) => this.#table.connectionsIn(hour) > HOUR_LINES_MAX)));
    const touched = this.known.take(grown);
    if (touched === null) {
      this.#table.forget();
      this.#learnAnew();
      return;
    }
    this.streams.take(touched);
    if (this.#pending !== null) for (const leg of touched) this.#pending.add(leg);
  }

  /** What was read line by line is judged by its flows, once an hour has too many lines. */
  #touchHours(hours: ReadonlySet<number>): void {
    if (this.#pending === null) return;
    for (const hour of hours) for (const leg of this.#table.holdIn(hour)) this.#pending.add(leg);
  }

  #learnAnew(): void {
    this.known = new Knowledge(this.#table);
    this.#routes = new RouteBook();
    this.#changes = new ShiftBook();
    this.#scans = new ScopeBook(SCAN_PLAN);
    this.#apart = new ScopeBook(APART_PLAN);
    this.#endings = this.#newEndings();
    this.#books = newBooks();
    this.#explained = new Set();
    this.#pending = null;
    this.known.learn();
    this.streams = new StreamBook(this.known);
    this.streams.learn(this.#table.shapes.values());
    this.#isDerived = false;
  }

  async #derive(): Promise<void> {
    const { known } = this;
    const reader = this.reader;
    const touched = this.#pending === null ? null : new Set(this.#pending);
    const judge = (leg: LivingLeg) => this.#judge(leg);
    if (touched === null) this.#judgeAll();
    const routes =
      touched === null
        ? await this.#routes.learn(this.#table.shapes.values(), judge, this.#store)
        : await this.#routes.take(touched, judge, this.#store);
    const runs = this.#routes.runs();
    const { shifts, races } = this.#changes.take(routes, known.pods);
    const changes = findChanges(runs, shifts, known, races);
    const scans = await this.#findIn([this.#scans], touched);
    this.#explain([...changes, ...scans], touched);
    const conditions = withHostShifts(await this.#findIn(this.#books, touched), runs, this.shapes);
    const findings = [
      ...(await findCaptures(runs, shifts, known, reader)),
      ...changes,
      ...scans,
      ...(await this.#findIn([this.#endings], touched)),
      ...joinFailures(boundFailures(conditions, shifts), known),
      ...(await this.#findTimes(touched)),
    ].sort(compareFindings);
    this.runs = runs;
    this.shifts = [...shifts, ...conditions.flatMap((finding) => finding.shifts)];
    this.findings = findings;
    this.findingOf = new Map(
      findings.flatMap((f) => f.shifts.map((shift) => [shift.id, f] as const)).reverse(),
    );
    this.#pending = new Set();
    this.#isDerived = true;
  }

  /** Notes which failures others account for; those that they do not any more, or do now, are touched. */
  #explain(findings: readonly Finding[], touched: Set<LivingLeg> | null): void {
    const before = this.#explained;
    const after = new Set(findings.flatMap((finding) => this.#accountedFor(finding)));
    this.#explained = after;
    if (touched === null) return;
    for (const id of [...before, ...after]) {
      if (before.has(id) && after.has(id)) continue;
      for (const leg of this.shapes.get(id)?.holdAll() ?? []) touched.add(leg);
    }
  }

  /** Ids of shapes. A scan accounts for destinations without a name that were met by nothing else. */
  #accountedFor({ diagnosis, legs }: Finding): number[] {
    if (diagnosis !== scan) return legs.map((leg) => leg.flow.shape.id);
    const inside = new Set(legs);
    const isOnlyHere = (id: number) => this.shapes.get(id)?.legs.every((leg) => inside.has(leg)) === true;
    return legs
      .filter(({ facts }) => facts.service === null)
      .map((leg) => leg.flow.shape.id)
      .filter(isOnlyHere);
  }

  /** Of the legs that were touched; null: of all, of which the books were told none yet. */
  async #findIn(books: readonly FindingBook[], touched: ReadonlySet<LivingLeg> | null): Promise<Finding[]> {
    const surroundings = {
      shapes: this.#table.all,
      isSteady: (shape: LivingShape) => this.known.isSteady(shape),
      known: this.known,
      reader: this.reader,
      judgementOf: (leg: Leg) => this.judgementOf(leg),
      logsCalls: (writer: string) => this.known.logsCalls(writer),
      isExplained: (leg: Leg) => this.#explained.has(leg.flow.shape.id),
      linesIn: (hour: number) => this.#table.connectionsIn(hour),
    };
    const findings: Finding[] = [];
    for (const book of books) {
      if (touched === null) book.learn(surroundings);
      else book.touch(touched, surroundings);
      await book.settle(surroundings);
      findings.push(...book.findings());
    }
    return findings;
  }

  /** Of a place of which pairs and lines without a partner tell, the latter tell more. */
  async #findTimes(touched: ReadonlySet<LivingLeg> | null): Promise<Finding[]> {
    const apart = await this.#findIn([this.#apart], touched);
    const told = new Set(apart.map(({ id }) => id));
    await this.#times.settle(this.#store);
    const others = this.#times.findings();
    return [...apart, ...others.filter(({ id }) => !told.has(id))];
  }

  #newTimes(): PairTimesBook {
    return new PairTimesBook((shape) => this.shapes.get(shape)?.legs ?? []);
  }

  #newEndings(): FindingBook {
    const world = () => ({
      known: this.known,
      end: this.end,
      linesIn: (hour: number) => this.#table.connectionsIn(hour),
      legsIn: (hour: number) => this.#table.legsIn(hour),
    });
    return new ScopeBook(endingsPlan(world));
  }

  #judge(leg: LivingLeg): Judgement | null {
    const known = leg.judgement;
    if (known !== undefined) return known;
    const judgement = judge(leg, this.known);
    leg.judgement = judgement;
    return judgement;
  }

  /** What is alike is judged once. */
  #judgeAll(): void {
    for (const shape of this.#table.shapes.values())
      if (!shape.facts.client || this.known.isSteady(shape)) shape.judgeAll(judge(shape.leg(0), this.known));
  }
}

function newBooks(): readonly FindingBook[] {
  return [
    new ScopeBook(FAILURES_PLAN),
    new ScopeBook(ENCRYPTION_PLAN),
    ...CONDITIONS.map((plan) => new ScopeBook(plan)),
  ];
}
