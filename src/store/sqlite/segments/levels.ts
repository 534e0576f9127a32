/**
 * Rows of a segment lie less than so far apart: 4, 64, 1,024 seconds, 4.5 hours. Whoever looks for a row asks for the segments of each
 * level, and looks no farther back than that.
 */
export const LEVEL_SPANS = [2 ** 20, 2 ** 24, 2 ** 28, 2 ** 32] as const;

/** The level of rows that lie so far apart. */
export function levelOf(span: number): number {
  return LEVEL_SPANS.findIndex((most) => span < most);
}
