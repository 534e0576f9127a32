/** What an answer does not know of, though it was stored before the question. */
export interface Behind {
  readonly lines: number;
  /** Since the first of these lines was stored. */
  readonly seconds: number;
}
