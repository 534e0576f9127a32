/** Whole numbers of 0 and more, seven bits a byte, the lowest first. */

export const VARINT_BYTES_MAX = 8;

/** Writes a number and answers the place behind it. */
export function writeVarint(bytes: Uint8Array, at: number, number: number): number {
  let value = number;
  while (value >= 0x1000_0000) {
    bytes[at++] = 0x80 | (value % 0x80);
    value = Math.floor(value / 0x80);
  }
  while (value >= 0x80) {
    bytes[at++] = 0x80 | (value & 0x7f);
    value >>>= 7;
  }
  bytes[at] = value;
  return at + 1;
}

/** Reads `count` numbers into an array, and answers the place behind them. */
export function readVarints(bytes: Uint8Array, from: number, count: number, into: Float64Array): number {
  let at = from;
  for (let i = 0; i < count; i++) {
    let byte = bytes[at++] ?? 0;
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = bytes[at++] ?? 0;
      value = shift < 28 ? value | ((byte & 0x7f) << shift) : value + (byte & 0x7f) * 2 ** shift;
    }
    into[i] = value;
  }
  return at;
}
