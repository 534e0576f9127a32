/** Reads the lines of rings of shapes, those near the onset first, within bounds. */
import { EVIDENCE_BYTES_MAX, EVIDENCE_LINES_MAX } from '../../domain/limits.ts';
import type { LineQuery, LineReader, Position, RenderLine, StoredLine } from '../../domain/ports.ts';
import { rawLine } from '../incidents.ts';
import { compareText } from '../legs.ts';

/** A line with its text. */
export interface CollectedLine {
  readonly stored: StoredLine;
  readonly raw: string;
}

export interface Collected {
  /** Oldest first. */
  readonly lines: readonly CollectedLine[];
  /** True when lines were left out. */
  readonly isCut: boolean;
}

interface Limits {
  readonly lines: number;
  readonly bytes: number;
}

/** Lines asked for at once. */
const PAGE_LINES = 1_000;

/** `onset`: ms since the epoch. Rings in the order of their weight; a line of several counts to the first. */
export async function collectLines(
  rings: ReadonlyArray<ReadonlySet<number>>,
  onset: number,
  { reader, render }: { readonly reader: Pick<LineReader, 'lines'>; readonly render: RenderLine },
  limits: Limits = { lines: EVIDENCE_LINES_MAX, bytes: EVIDENCE_BYTES_MAX },
): Promise<Collected> {
  const found: CollectedLine[] = [];
  const left = { ...limits };
  let isCut = false;
  let known: ReadonlySet<number> = new Set();
  for (const ring of rings) {
    const shapes = new Set([...ring].filter((id) => !known.has(id)));
    known = ring;
    if (shapes.size === 0) continue;
    const before = new Stretch({ shapes, since: null, until: onset, order: 'newest' });
    const after = new Stretch({ shapes, since: onset, until: null, order: 'oldest' });
    // Half for each side at first: what one side leaves is the other's.
    const half = { lines: Math.ceil(left.lines / 2), bytes: Math.ceil(left.bytes / 2) };
    const rest = { lines: left.lines - half.lines, bytes: left.bytes - half.bytes };
    await before.read(reader, render, half);
    left.lines = half.lines + rest.lines;
    left.bytes = half.bytes + rest.bytes;
    await after.read(reader, render, left);
    await before.read(reader, render, left);
    found.push(...before.lines, ...after.lines);
    if (before.isEnded && after.isEnded) continue;
    isCut = true;
    break;
  }
  const lines = found.sort(
    ({ stored: a }, { stored: b }) => a.entry.start_time - b.entry.start_time || compareText(a.id, b.id),
  );
  return { lines, isCut };
}

/** Lines in one direction of time, read on from where they were left. */
class Stretch {
  readonly #query: Omit<LineQuery, 'after' | 'limit'>;
  #after: Position | null = null;
  readonly lines: CollectedLine[] = [];
  isEnded = false;

  constructor(query: Omit<LineQuery, 'after' | 'limit'>) {
    this.#query = query;
  }

  /** Reads on until `left`, which it takes from, has not room for the next line. */
  async read(
    reader: Pick<LineReader, 'lines'>,
    render: RenderLine,
    left: { lines: number; bytes: number },
  ): Promise<void> {
    while (!this.isEnded) {
      // One more than there is room for tells whether lines are left out.
      const limit = Math.min(PAGE_LINES, left.lines + 1);
      const page = await reader.lines({ ...this.#query, after: this.#after, limit });
      for (const stored of page) {
        const raw = rawLine(stored, render);
        const bytes = raw === null ? 0 : raw.length;
        if (left.lines < 1 || bytes > left.bytes) return;
        this.#after = { start_time: stored.entry.start_time, id: stored.id };
        left.lines--;
        left.bytes -= bytes;
        // Without a text there is nothing to read again.
        if (raw !== null) this.lines.push({ stored, raw });
      }
      this.isEnded = page.length < limit;
    }
  }
}
