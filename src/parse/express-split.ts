/** Divides a line into words, many bytes at once. */

/** Taken once: tests make all hashes the same by putting another function in its place. */
const multiply = Math.imul;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
/** Lines with more words or bytes go the long way. */
const WORDS_MAX = 48;
export const LINE_BYTES_MAX = 2_048;

/** The words of the line in hand. */
export class Words {
  /** Where each word begins; behind the last one, where the next would. */
  readonly begins = new Int32Array(WORDS_MAX + 1);
  lineEnd = 0;

  /**
   * Notes where the words of the line at `from` begin, and where it ends. Answers their number; 0: not for this lane.
   */
  split(bytes: Buffer, view: DataView, from: number, to: number): number {
    const words = this.begins;
    const limit = Math.min(to, from + LINE_BYTES_MAX);
    let count = 1;
    words[0] = from;
    let at = from;
    // Marks for many bytes at once, because each turn of a loop that ends by chance costs more than they do.
    for (; at + 32 <= limit; at += 32) {
      let marks = lowBytes(view, at) | (lowBytes(view, at + 16) << 16);
      while (marks !== 0) {
        const place = at + 31 - Math.clz32(marks & -marks);
        if (bytes[place] !== SPACE) return this.#endLine(bytes, place, to, count);
        if (count === WORDS_MAX) return 0;
        words[count++] = place + 1;
        marks &= marks - 1;
      }
    }
    for (; at < limit; at++) {
      const byte = bytes[at] as number;
      if (byte > SPACE) continue;
      if (byte !== SPACE) return this.#endLine(bytes, at, to, count);
      if (count === WORDS_MAX) return 0;
      words[count++] = at + 1;
    }
    return limit === to ? this.#endLine(bytes, to, to, count) : 0;
  }

  /** The line ends at this place, if that is the end or a newline. */
  #endLine(bytes: Buffer, place: number, to: number, count: number): number {
    if (place < to && bytes[place] !== NEWLINE) {
      const isEnding = bytes[place] === CARRIAGE_RETURN && (place + 1 === to || bytes[place + 1] === NEWLINE);
      if (!isEnding) return 0;
    }
    this.lineEnd = place;
    this.begins[count] = place + 1;
    return count;
  }
}

/** A bit for each of the sixteen bytes at a place that is a space or below it; the lowest bit is that of the first. */
function lowBytes(view: DataView, at: number): number {
  return (
    lowBytesOf(view.getInt32(at, true)) |
    (lowBytesOf(view.getInt32(at + 4, true)) << 4) |
    (lowBytesOf(view.getInt32(at + 8, true)) << 8) |
    (lowBytesOf(view.getInt32(at + 12, true)) << 12)
  );
}

function lowBytesOf(four: number): number {
  // The high bit of each byte up to the space; then those four bits side by side.
  const marks = ~(((four & 0x7f7f7f7f) + 0x5f5f5f5f) | four) & 0x80808080;
  return multiply(marks, 0x204081) >>> 28;
}
