/** The hours that a report counts, and the legs that it asks for in them. */
import type { Filter } from '../../domain/filter.ts';
import type { ReportRequest } from '../../domain/report.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { Hours } from '../hours.ts';
import type { Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import { shapeIndexOf } from '../shape-index.ts';
import type { ShapeModel } from '../shape-model.ts';

/** The window of a request, widened to whole hours. */
export function hoursOf({ since, until }: Pick<ReportRequest, 'since' | 'until'>): Hours {
  return { from: Math.floor(since / HOUR_MS), to: Math.ceil(until / HOUR_MS) };
}

/** Reads the legs that a filter asks for, hour by hour. Its window, and what only findings tell, says nothing here. */
export class AskedLegs {
  readonly #model: LineModel;
  readonly #asked: Uint8Array;

  constructor(filter: Filter, model: LineModel) {
    this.#model = model;
    this.#asked = shapeIndexOf(model).matching(filter, model);
  }

  *shapes(): Generator<ShapeModel> {
    for (const [id, shape] of this.#model.shapes) if (this.#asked[id] === 1) yield shape;
  }

  /** Hours without lines before the first and after the last cost nothing. */
  *in({ from, to }: Hours): Generator<Leg> {
    const { first, lastStart } = this.#model;
    if (first === null || lastStart === null) return;
    const end = Math.min(to, Math.floor(lastStart / HOUR_MS) + 1);
    for (let hour = Math.max(from, Math.floor(first / HOUR_MS)); hour < end; hour++) {
      for (const leg of this.#model.legsIn(hour)) if (this.#asked[leg.flow.shape.id] === 1) yield leg;
    }
  }
}
