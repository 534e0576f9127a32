/** What the rows of a segment hold and how far they lie apart, which its level says together. */

/** Lines that all rows of a segment hold: both, or one of which the other is not known. */
export const SIDES = { both: 0, client: 1, server: 2 } as const;
export type Sides = (typeof SIDES)[keyof typeof SIDES];
export const ALL_SIDES: readonly Sides[] = Object.values(SIDES);

/**
 * Rows of a segment lie less than so far apart: 4, 64, 1,024 seconds, 4.5 hours. Whoever looks for a row asks for the segments of each
 * level, and looks no farther back than that.
 */
export const LEVEL_SPANS = [2 ** 20, 2 ** 24, 2 ** 28, 2 ** 32] as const;

/** Which of `LEVEL_SPANS` rows that lie so far apart have; -1: none. */
export function spanLevelOf(span: number): number {
  return LEVEL_SPANS.findIndex((most) => span < most);
}

/** The level of such segments: those of pairs, which there were alone at first, have the lowest ones. */
export function levelOf(sides: Sides, spanLevel: number): number {
  return LEVEL_SPANS.length * sides + spanLevel;
}

/** What the rows of segments of a level hold; null: there is no such level. */
export function sidesOf(level: number): Sides | null {
  return ALL_SIDES[Math.floor(level / LEVEL_SPANS.length)] ?? null;
}
