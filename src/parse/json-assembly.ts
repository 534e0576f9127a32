/** Puts JSON objects together that are printed over several lines. */
import { LINE_BYTES_MAX } from '../domain/limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** An object of which the end is still to come. */
interface Open<Source> {
  readonly source: Source;
  readonly lines: string[];
  characters: number;
  depth: number;
}

/** What a line was to the objects under way. */
export type Fed<Source> =
  | { readonly kind: 'other' | 'part' }
  | { readonly kind: 'whole'; readonly source: Source; readonly text: string }
  /** The object under way is given up: something else came (`broken`), or it grew past LINE_BYTES_MAX. */
  | { readonly kind: 'broken' | 'too_long'; readonly text: string };

const OTHER = { kind: 'other' } as const;
const PART = { kind: 'part' } as const;

/** Objects under way, one for each key at most. */
export class JsonAssembly<Key, Source> {
  readonly #open = new Map<Key, Open<Source>>();

  get size(): number {
    return this.#open.size;
  }

  /** Begins an object with its first line. False: that line cannot be the beginning of one. */
  begin(key: Key, source: Source, line: string): boolean {
    const depth = depthAfter(line, 0);
    if (depth === null || depth <= 0) return false;
    this.#open.set(key, { source, lines: [line], characters: line.length, depth });
    return true;
  }

  /** Offers a line to the object under way. Only indented lines and closing brackets go on with one. */
  feed(key: Key, line: string): Fed<Source> {
    const open = this.#open.get(key);
    if (open === undefined || line === '') return OTHER;
    const depth = goesOn(line) ? depthAfter(line, open.depth) : null;
    const tooLong = open.characters + line.length > LINE_BYTES_MAX;
    if (depth !== null && depth > 0 && !tooLong) {
      open.lines.push(line);
      open.characters += line.length + 1;
      open.depth = depth;
      return PART;
    }
    this.#open.delete(key);
    if (depth === null) return { kind: 'broken', text: open.lines.join('\n') };
    open.lines.push(line);
    const text = open.lines.join('\n');
    return tooLong ? { kind: 'too_long', text } : { kind: 'whole', source: open.source, text };
  }

  /** Gives up the object that waits longest. Null: none waits. */
  takeOldest(): { readonly source: Source; readonly text: string } | null {
    for (const [key, open] of this.#open) {
      this.#open.delete(key);
      return { source: open.source, text: open.lines.join('\n') };
    }
    return null;
  }
}

function goesOn(line: string): boolean {
  const first = line.charCodeAt(0);
  return first === 0x20 || first === 0x09 || first === 0x7d || (first === 0x5d && line.length <= 2);
}

/** Depth of brackets behind the line; null when a string is left open or a bracket closes too much. */
function depthAfter(line: string, before: number): number | null {
  let depth = before;
  let inString = false;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (inString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === 0x7b || code === 0x5b) {
      depth++;
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
    if (depth < 0) return null;
  }
  return inString ? null : depth;
}
