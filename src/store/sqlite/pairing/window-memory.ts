/** The memory of the pairing window, and its code in WebAssembly: `wasm/window/`. */
import { startModule } from '../../../domain/web-assembly.ts';
import { WINDOW_CODE } from './window-code.ts';

/** Why `place` stopped: the code of the shape is not there; the line is of another kind; a loose end has to be taken out first. */
export const NO_CODE = 1;
export const IN_THE_WAY = 3;

/** What `tie` answers, which is 0 otherwise: it tied both ends; they are surely one, but one of them lies in a row. */
export const TIED = 1;
export const SURE = 2;

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
  restsAt(): number;
  pendingsAt(): number;
  firstOf(client: number, port: number, request: number): number;
  firstLike(slot: number): number;
  following(slot: number): number;
  chain(slot: number): void;
  takeSlot(): number;
  makeRoom(slot: number): void;
  place(from: number, count: number, first: number): number;
  stoppedFor(): number;
  slotInTheWay(): number;
  setLimits(
    reachMs: number,
    clockMs: number,
    noBytesMs: number,
    unknownBytesMs: number,
    otherBytesMs: number,
  ): void;
  /** Shape: 1 or 0. The limits are those that were set. See `SureLimits`. */
  surely(
    outStart: number,
    outEnd: number,
    intoStart: number,
    intoEnd: number,
    outReceived: number,
    outSent: number,
    intoReceived: number,
    intoSent: number,
  ): number;
  settle(from: number, count: number, first: number): number;
  listedCount(): number;
  /** One of the answers above. */
  tie(slot: number, other: number): number;
  listChanged(count: number): number;
  changeLoose(count: number): number;
  listNear(count: number): number;
  findFates(count: number): number;
  noteRows(count: number): void;
  keysNoted(): number;
  firstStart(): number;
  lastEnd(): number;
  halvesNoted(): number;
  firstHalf(): number;
  lastHalf(): number;
  othersNoted(): number;
}

/** A window with nothing in it. Its memory stays as it is. */
export function newWindowCode(): WindowCode {
  const code = startModule<WindowCode>(WINDOW_CODE);
  code.begin();
  return code;
}

/** Columns of the lines that are worked at, at most `linesMax`. */
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
  readonly mate: Int32Array;
  readonly standing: Uint8Array;
  readonly ends: Uint8Array;
  /** Slots that were asked for: up to two a line. */
  readonly listed: Int32Array;
  /** The row of each line. */
  readonly row: Float64Array;
  /** What was noted of ends: up to two a line. */
  readonly keyRow: Float64Array;
  readonly halfRow: Float64Array;
  readonly keyHash: Uint32Array;
  readonly halfHash: Uint32Array;
}

export function stagedLines(code: WindowCode): StagedLines {
  const max = code.linesMax();
  const { buffer } = code.memory;
  let at = code.linesAt();
  const next = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const doubles = () => new Float64Array(buffer, next(8 * max), max);
  const ints = () => new Int32Array(buffer, next(4 * max), max);
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
    mate: ints(),
    standing: new Uint8Array(buffer, next(max), max),
    ends: new Uint8Array(buffer, next(max), max),
    listed: new Int32Array(buffer, next(8 * max), 2 * max),
    row: doubles(),
    keyRow: new Float64Array(buffer, next(16 * max), 2 * max),
    halfRow: new Float64Array(buffer, next(16 * max), 2 * max),
    keyHash: new Uint32Array(buffer, next(8 * max), 2 * max),
    halfHash: new Uint32Array(buffer, next(8 * max), 2 * max),
  };
}
