/** When the lines began that were stored lately: for whoever shows lines as they come in. */
export interface Arrived {
  /** Start times, ms since the epoch; each once, in no order. */
  readonly starts: readonly number[];
  /** Lines that are not among them, since there were too many. */
  readonly dropped: number;
}

export interface Arrivals {
  /** Notes lines from now on, or does not any more. */
  listen(on: boolean): void;
  /** What came since the last call. */
  take(): Arrived;
}
