/** Small plots of block characters, for terminals and tickets. */

const STEPS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const BAR_WIDTH = 10;
const SPARK_WIDTH = 24;

/** One character a value, as high as its part of the largest; a point where there is none to tell. */
export function sparkline(values: ReadonlyArray<number | null>): string {
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  return values.map((value) => (value === null ? '·' : stepOf(value, most))).join('');
}

/** At most so many values: the largest of those that share a place, null where all are. */
export function condensed(values: ReadonlyArray<number | null>, most = SPARK_WIDTH): Array<number | null> {
  const each = Math.ceil(values.length / most);
  if (each <= 1) return [...values];
  const places: Array<number | null> = [];
  for (let at = 0; at < values.length; at += each) {
    const known = values.slice(at, at + each).filter((value) => value !== null);
    places.push(known.length === 0 ? null : Math.max(...known));
  }
  return places;
}

function stepOf(value: number, most: number): string {
  const step = most === 0 ? 0 : Math.ceil((value / most) * (STEPS.length - 1));
  return STEPS[Math.max(0, Math.min(STEPS.length - 1, step))] ?? '';
}

/** Ten characters, full up to the part; neither full nor empty unless it is all or nothing. */
export function shareBar({ part, whole }: { readonly part: number; readonly whole: number }): string {
  if (whole === 0) return '░'.repeat(BAR_WIDTH);
  const rounded = Math.round((part / whole) * BAR_WIDTH);
  const least = part > 0 ? 1 : 0;
  const full = Math.max(least, Math.min(rounded, part < whole ? BAR_WIDTH - 1 : BAR_WIDTH));
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}

/** A stretch within a whole, both as parts of 1: never less than one character. */
export function stretchBar(from: number, to: number, width: number): string {
  const start = Math.max(0, Math.min(width - 1, Math.floor(from * width)));
  const end = Math.max(start + 1, Math.min(width, Math.ceil(to * width)));
  return '·'.repeat(start) + '█'.repeat(end - start) + '·'.repeat(width - end);
}
