/** The memory of the pairing window, and its code in WebAssembly: `wasm/window.ts`. */
import { startModule } from '../../../domain/web-assembly.ts';
import { WINDOW_CODE } from './window-code.ts';

/** Why `place` stopped: the code of the shape is not there; the line is of another kind; a loose end has to be taken out first. */
export const NO_CODE = 1;
export const IN_THE_WAY = 3;

/** Places in the memory are numbers of bytes. */
export interface WindowCode {
  readonly memory: { readonly buffer: ArrayBuffer };
  begin(): void;
  stateAt(): number;
  linesAt(): number;
  linesMax(): number;
  looseAt(): number;
  codesAt(): number;
  recordsAt(): number;
  firstOf(client: number, port: number, request: number): number;
  firstLike(slot: number): number;
  following(slot: number): number;
  chain(slot: number): void;
  takeSlot(): number;
  makeRoom(slot: number): void;
  place(from: number, count: number, first: number): number;
  stoppedFor(): number;
  slotInTheWay(): number;
  chainAll(count: number): void;
}

/** A window with nothing in it. Its memory stays as it is. */
export function newWindowCode(): WindowCode {
  const code = startModule<WindowCode>(WINDOW_CODE);
  code.begin();
  return code;
}

/** Where lines stand that are to be placed, and the slots that they were given. */
export interface StagedLines {
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly received: Float64Array;
  readonly sent: Float64Array;
  readonly hash: Float64Array;
  readonly shape: Int32Array;
  readonly upstreamLocalPort: Int32Array;
  readonly downstreamRemotePort: Int32Array;
  readonly slot: Int32Array;
  readonly hop: Int32Array;
}

export function stagedLines(code: WindowCode): StagedLines {
  const max = code.linesMax();
  const { buffer } = code.memory;
  let at = code.linesAt();
  const doubles = (): Float64Array => {
    at += 8 * max;
    return new Float64Array(buffer, at - 8 * max, max);
  };
  const ints = (): Int32Array => {
    at += 4 * max;
    return new Int32Array(buffer, at - 4 * max, max);
  };
  return {
    start: doubles(),
    duration: doubles(),
    received: doubles(),
    sent: doubles(),
    hash: doubles(),
    shape: ints(),
    upstreamLocalPort: ints(),
    downstreamRemotePort: ints(),
    slot: ints(),
    hop: ints(),
  };
}
