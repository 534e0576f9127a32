/** Lines as far as it matters who called. */

import type { CallingLines } from '../../src/store/sqlite/clients/gatherer.ts';
import { NONE } from '../../src/store/sqlite/pairing/pairing-window.ts';

export interface Call {
  /** Since the epoch. */
  readonly second: number;
  readonly shape: number;
  readonly port: number;
  /** Place of the client's line that it is tied to. */
  readonly mate?: number;
}

export function callsOf(calls: readonly Call[]): CallingLines {
  return {
    length: calls.length,
    start: Float64Array.from(calls, ({ second }) => 1_000 * second + 999),
    shape: Int32Array.from(calls, ({ shape }) => shape),
    downstreamRemotePort: Int32Array.from(calls, ({ port }) => port),
    isServer: Uint8Array.from(calls, ({ mate }) => (mate === undefined ? 0 : 1)),
    mates: Int32Array.from(calls, ({ mate = NONE }) => mate),
  };
}
