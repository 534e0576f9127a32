/** Keeps the model up to date with the store, at the cost of what changed. */
import type { LineReader } from '../domain/ports.ts';
import { findCaptures } from './captures.ts';
import { findChanges } from './changes.ts';
import { findConditions } from './conditions/find-conditions.ts';
import { findFailures } from './failures.ts';
import type { Finding } from './findings.ts';
import type { Judgement } from './judgement.ts';
import { Knowledge } from './knowledge.ts';
import { type Grown, LegTable, type LivingLeg } from './leg-table.ts';
import { compareLegs, type Leg } from './legs.ts';
import { compareFindings, type Model } from './model.ts';
import { RouteBook } from './route-book.ts';
import type { Run } from './routes.ts';
import { findShifts, type ShiftDraft } from './shifts.ts';
import { judge } from './states.ts';

export class LivingModel implements Model {
  readonly #reader: LineReader;
  #version: number | null = null;
  #table = new LegTable();
  #routes = new RouteBook();
  /** Legs whose judgement may be another since routes were put together; null: never put together. */
  #pending = new Set<LivingLeg>();
  #isDerived = false;

  state: object = {};
  known = new Knowledge(this.#table);
  first: number | null = null;
  end: number | null = null;
  runs: readonly Run[] = [];
  shifts: readonly ShiftDraft[] = [];
  findings: readonly Finding[] = [];
  findingOf: ReadonlyMap<string, Finding> = new Map();

  constructor(reader: LineReader) {
    this.#reader = reader;
  }

  get shapes(): LegTable['shapes'] {
    return this.#table.shapes;
  }

  judgementOf(leg: Leg): Judgement | null {
    return this.#judge(leg as LivingLeg);
  }

  /** True when lines can be judged as of the store's present version; `whole`: and everything else is derived too. */
  isFresh(whole: boolean): boolean {
    return this.#version === this.#reader.version() && (this.#isDerived || !whole);
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
    const { version, whole, flows } = await this.#reader.changedFlows(this.#version);
    if (whole) {
      this.#table = new LegTable();
      this.#learnAnew(this.#table.take(flows));
      [this.first, this.end] = [null, null];
    } else {
      const grown = this.#table.take(flows);
      const touched = this.known.take(grown);
      if (touched === null) this.#learnAnew(this.#table.forget());
      else for (const leg of touched) this.#pending.add(leg);
    }
    for (const { first, end } of flows) {
      if (this.first === null || first < this.first) this.first = first;
      if (this.end === null || end > this.end) this.end = end;
    }
    if (flows.length > 0 || whole) this.#isDerived = false;
    this.state = {};
    this.#version = version;
  }

  #learnAnew(grown: readonly Grown[]): void {
    this.known = new Knowledge(this.#table);
    this.#routes = new RouteBook();
    this.#pending = new Set(this.known.take(grown));
    this.#isDerived = false;
  }

  async #derive(): Promise<void> {
    const { known } = this;
    const reader = this.#reader;
    await this.#routes.take(this.#pending, (leg) => this.#judge(leg), reader);
    this.#pending.clear();
    const runs = this.#routes.keys().flatMap((key) => key.runs);
    const shifts = findShifts(runs, known.pods);
    const changes = findChanges(runs, shifts, known);
    const explained = new Set(changes.flatMap((finding) => finding.legs.map((leg) => leg.flow.shape.id)));
    const judged = new Map<Leg, Judgement | null>(
      [...known.legs].sort(compareLegs).map((leg) => [leg, this.#judge(leg)]),
    );
    const findings = [
      ...(await findCaptures(runs, shifts, known, reader)),
      ...changes,
      ...(await findFailures(explained, judged, known, reader)),
      ...(await findConditions([...judged.keys()], {
        known,
        reader,
        judgementOf: (leg) => judged.get(leg) ?? null,
      })),
    ].sort(compareFindings);
    this.runs = runs;
    this.shifts = shifts;
    this.findings = findings;
    this.findingOf = new Map(
      findings.flatMap((f) => f.shifts.map((shift) => [shift.id, f] as const)).reverse(),
    );
    this.#isDerived = true;
  }

  #judge(leg: LivingLeg): Judgement | null {
    if (leg.judgement === undefined) leg.judgement = judge(leg, this.known);
    return leg.judgement;
  }
}
