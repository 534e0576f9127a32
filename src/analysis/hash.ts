/**
 * Sixteen hex digits that depend on the text alone, for ids that stay the same over restarts and orders of arrival.
 * Not for secrets: two FNV-1a passes of 32 bits with different starts, each mixed at the end.
 */
export function hashText(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x1b873593;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ (code + i), 0x01000193);
  }
  return hex(mix(a)) + hex(mix(b ^ text.length));
}

/** Id of parts that together identify a thing; null is a value of its own. */
export function idOf(...parts: ReadonlyArray<string | number | null>): string {
  return hashText(JSON.stringify(parts));
}

function mix(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
