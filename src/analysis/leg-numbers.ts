/** How a leg is written down as numbers. */
import { FLOW_NUMBERS } from '../domain/flow-numbers.ts';
import type { Judgement } from './judgement.ts';

/** Places of the numbers of a leg: first those of its flow. Those that are times count from the beginning of its hour, ms. */
export {
  AMBIGUOUS,
  CONNECTIONS,
  END,
  FIRST,
  HOUR,
  LAST,
  LONGEST,
  PAIRED,
  RECEIVED,
  SENT,
  SHORTEST,
} from '../domain/flow-numbers.ts';
/** `MARK` bits, and above them the number of a judgement; what a book noted of it. */
export const MARKS = FLOW_NUMBERS;
export const NOTE = FLOW_NUMBERS + 1;
/** How many there are. */
export const LEG_NUMBERS = FLOW_NUMBERS + 2;
export const JUDGEMENT_SHIFT = 8;
export const MARKS_MASK = (1 << JUDGEMENT_SHIFT) - 1;
const NUMBER_MAX = 2 ** 32 - 1;

/** Where a leg may be counted in. */
export const MARK = {
  gateway: 1,
  proven: 2,
  candidate: 4,
  candidatePod: 8,
  client: 16,
  claim: 32,
} as const;

export type Numbers = Uint32Array | Float64Array;

/** There are few judgements and very many legs, which hold their numbers: 0 while nobody asked. */
const JUDGEMENTS: Array<Judgement | null | undefined> = [undefined, null];
const NUMBER_OF = new Map<Judgement | null | undefined, number>([
  [undefined, 0],
  [null, 1],
]);

/** 0: not judged yet. */
export function numberOf(judgement: Judgement | null | undefined): number {
  const known = NUMBER_OF.get(judgement);
  if (known !== undefined) return known;
  const number = JUDGEMENTS.push(judgement) - 1;
  NUMBER_OF.set(judgement, number);
  return number;
}

/** The judgement that a number stands for; undefined: not judged yet. */
export function judgementOf(number: number): Judgement | null | undefined {
  return JUDGEMENTS[number];
}

/** False for what 32 bits cannot hold. */
export function isNarrow(value: number): boolean {
  return value >= 0 && value <= NUMBER_MAX && Number.isInteger(value);
}
