/** What is new since the last look: incidents and shifts as they are found, grow and end. */
import { NO_FILTER } from '../../domain/filter.ts';
import { EVENTS_PER_LOOK_MAX, INCIDENT_EVENT_MS_MIN } from '../../domain/limits.ts';
import type { Analysis, IncidentHead } from '../../domain/queries.ts';
import type { Incident, Shift } from '../../domain/resources.ts';

export type IncidentChange = 'opened' | 'changed' | 'closed' | 'withdrawn';

export type News =
  | {
      readonly type: 'incident';
      readonly id: string;
      readonly data: {
        readonly change: IncidentChange;
        readonly id: string;
        /** Null when it is withdrawn: further lines explain otherwise what it told. */
        readonly incident: Incident | null;
      };
    }
  | { readonly type: 'shift'; readonly id: string; readonly data: { readonly shift: Shift } };

export interface Look {
  readonly news: readonly News[];
  /** What else is new, and too much to be told at once. */
  readonly dropped: number;
}

interface Known {
  readonly head: IncidentHead;
  /** When it was told last, ms since the epoch. */
  readonly told: number;
}

export type WatchAnalysis = Pick<Analysis, 'version' | 'incidentHeads' | 'incident' | 'shiftIds' | 'shift'>;

export class Watch {
  readonly #analysis: WatchAnalysis;
  #version: number | null = null;
  #incidents = new Map<string, Known>();
  #shifts: ReadonlySet<string> = new Set();
  /** True while something is to be told that was told too lately. */
  #owes = false;

  constructor(analysis: WatchAnalysis) {
    this.#analysis = analysis;
  }

  /** Takes what there is for known. */
  async begin(now: number): Promise<void> {
    this.#version = this.#analysis.version();
    const heads = await this.#analysis.incidentHeads(NO_FILTER);
    this.#incidents = new Map(heads.map((head) => [head.id, { head, told: now }]));
    this.#shifts = new Set(await this.#analysis.shiftIds(NO_FILTER));
  }

  /** What is new since the last call. `now`: ms since the epoch. Errors: those of the store. */
  async look(now: number): Promise<Look> {
    const version = this.#analysis.version();
    if (version === this.#version && !this.#owes) return { news: [], dropped: 0 };
    this.#version = version;
    const shifts = await this.#newShifts();
    const incidents = await this.#changedIncidents(now);
    return { news: [...incidents.news, ...shifts.news], dropped: incidents.dropped + shifts.dropped };
  }

  async #newShifts(): Promise<Look> {
    const ids = await this.#analysis.shiftIds(NO_FILTER);
    const fresh = ids.filter((id) => !this.#shifts.has(id));
    this.#shifts = new Set(ids);
    const news: News[] = [];
    for (const id of fresh.slice(0, EVENTS_PER_LOOK_MAX)) {
      const shift = await this.#analysis.shift(id);
      // Lines that came meanwhile may have made another one of it, which the next look finds.
      if (shift !== null) news.push({ type: 'shift', id, data: { shift } });
    }
    return { news, dropped: Math.max(0, fresh.length - EVENTS_PER_LOOK_MAX) };
  }

  async #changedIncidents(now: number): Promise<Look> {
    const heads = await this.#analysis.incidentHeads(NO_FILTER);
    const changes: Array<readonly [head: IncidentHead, change: IncidentChange]> = [];
    this.#owes = false;
    for (const head of heads) {
      const known = this.#incidents.get(head.id);
      const change = known === undefined ? 'opened' : changeOf(known.head, head);
      if (change === null) continue;
      if (known !== undefined && isGrowth(known.head, head) && now - known.told < INCIDENT_EVENT_MS_MIN) {
        this.#owes = true;
        continue;
      }
      this.#incidents.set(head.id, { head, told: now });
      changes.push([head, change]);
    }
    const news: News[] = [];
    for (const [{ id }, change] of changes.slice(0, EVENTS_PER_LOOK_MAX)) {
      const incident = await this.#analysis.incident(id);
      if (incident !== null) news.push({ type: 'incident', id, data: { change, id, incident } });
    }
    const present = new Set(heads.map(({ id }) => id));
    for (const id of [...this.#incidents.keys()].filter((one) => !present.has(one))) {
      this.#incidents.delete(id);
      news.push({ type: 'incident', id, data: { change: 'withdrawn', id, incident: null } });
    }
    return { news, dropped: Math.max(0, changes.length - EVENTS_PER_LOOK_MAX) };
  }
}

function changeOf(before: IncidentHead, now: IncidentHead): IncidentChange | null {
  if (now.ended !== null && before.ended === null) return 'closed';
  const isSame =
    now.severity === before.severity && now.connections === before.connections && now.ended === before.ended;
  return isSame ? null : 'changed';
}

/** True when nothing changed but the number of connections. */
function isGrowth(before: IncidentHead, now: IncidentHead): boolean {
  return now.severity === before.severity && now.ended === before.ended;
}
