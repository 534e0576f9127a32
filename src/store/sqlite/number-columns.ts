/** The numbers of lines as columns, which everybody who works at lines has in a memory of his own. */

/** What a line lacks is told as in `LineBatch`. */
export interface NumberColumns {
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly received: Float64Array;
  readonly sent: Float64Array;
  readonly upstreamLocalPort: Int32Array;
  readonly downstreamRemotePort: Int32Array;
}

/** Copies the numbers of the lines [from, until) to the place `at` of other columns. */
export function copyNumbers(
  to: NumberColumns,
  at: number,
  columns: NumberColumns,
  from: number,
  until: number,
): void {
  to.start.set(columns.start.subarray(from, until), at);
  to.duration.set(columns.duration.subarray(from, until), at);
  to.received.set(columns.received.subarray(from, until), at);
  to.sent.set(columns.sent.subarray(from, until), at);
  to.upstreamLocalPort.set(columns.upstreamLocalPort.subarray(from, until), at);
  to.downstreamRemotePort.set(columns.downstreamRemotePort.subarray(from, until), at);
}
