/** Which lines an incident rests on: ring by ring, from its own connections outwards. */

import { BLACKHOLE, PASSTHROUGH } from '../../domain/cluster-name.ts';
import type { Finding } from '../findings.ts';
import type { Facts, Leg } from '../legs.ts';
import type { LineModel } from '../model.ts';
import { type ShapeModel, connectionsOf as sizeOf } from '../shape-model.ts';

/** Ids of shapes. Each ring holds those of the rings before it. */
export interface Rings {
  /** The connections of the incident alone. */
  readonly affected: ReadonlySet<number>;
  /** With what was routed otherwise before and after, then with all of the same places, then of the same pods. */
  readonly rings: ReadonlyArray<ReadonlySet<number>>;
}

/** The rings of a finding; the last one is everything that there is. */
export function ringsOf(finding: Finding, model: Pick<LineModel, 'shapes'>): Rings {
  const affected = idsOf(finding.legs);
  const core = idsOf([
    ...finding.legs,
    ...finding.runs.flatMap((run) => run.legs),
    ...finding.shifts.flatMap(({ from, to }) => [from, ...to].flatMap((run) => run.legs)),
  ]);
  const facts = [...core].flatMap((id) => model.shapes.get(id)?.facts ?? []);
  const rings = [
    core,
    grow(core, model, sharesPlace(facts, finding.port)),
    grow(core, model, sharesPod(facts, finding.port)),
    new Set(model.shapes.keys()),
  ];
  return { affected, rings: rings.filter((ring, index) => ring.size !== rings[index - 1]?.size) };
}

/** Connections of shapes, as flows count them. */
export function connectionsOf(shapes: ReadonlySet<number>, model: Pick<LineModel, 'shapes'>): number {
  let sum = 0;
  for (const id of shapes) {
    const shape = model.shapes.get(id);
    if (shape !== undefined) sum += sizeOf(shape);
  }
  return sum;
}

function idsOf(legs: readonly Leg[]): ReadonlySet<number> {
  return new Set(legs.map((leg) => leg.flow.shape.id));
}

function grow(
  core: ReadonlySet<number>,
  { shapes }: Pick<LineModel, 'shapes'>,
  belongs: (facts: Facts) => boolean,
): ReadonlySet<number> {
  const grown = new Set(core);
  for (const [id, shape] of shapes as ReadonlyMap<number, ShapeModel>)
    if (belongs(shape.facts)) grown.add(id);
  return grown;
}

/** The same destination or cluster, by client or server; the same port, where the incident is about one. */
function sharesPlace(core: readonly Facts[], port: number | null): (facts: Facts) => boolean {
  const places = textsOf(core, ({ local, upstream }) => [local?.key, upstream?.key]);
  const clusters = textsOf(core, ({ cluster }) => [cluster]);
  for (const unlisted of [PASSTHROUGH, BLACKHOLE]) clusters.delete(unlisted);
  return ({ local, upstream, cluster }) =>
    (port !== null && local?.port === port) ||
    (local !== null && places.has(local.key)) ||
    (upstream !== null && places.has(upstream.key)) ||
    (cluster !== null && clusters.has(cluster));
}

/** The same, and whatever the pods at either end wrote: it proves whose the addresses are. */
function sharesPod(core: readonly Facts[], port: number | null): (facts: Facts) => boolean {
  const place = sharesPlace(core, port);
  const writers = textsOf(core, ({ writer }) => [writer]);
  const ips = textsOf(core, ({ local, upstream, remoteIp }) => [local?.ip, upstream?.ip, remoteIp]);
  return (facts) => {
    const { writer, direction, local, remoteIp } = facts;
    const own = direction === 'inbound' ? local?.ip : remoteIp;
    return place(facts) || writers.has(writer) || (own !== null && own !== undefined && ips.has(own));
  };
}

function textsOf(
  all: readonly Facts[],
  pick: (facts: Facts) => ReadonlyArray<string | null | undefined>,
): Set<string> {
  return new Set(all.flatMap(pick).filter((text) => text !== null && text !== undefined));
}
