/** A name to match: `*` stands for any run of characters, anything else for itself. Null matches `*` alone. */
export interface NamePattern {
  (name: string | null): boolean;
  /** The pattern as given: two patterns with the same text match the same names. */
  readonly text: string;
}

/** Builds the matcher of a name with `*`. Linear in the length of the name for any pattern. */
export function namePattern(pattern: string): NamePattern {
  return Object.assign(matcher(pattern), { text: pattern });
}

function matcher(pattern: string): (name: string | null) => boolean {
  if (!pattern.includes('*')) return (name) => name === pattern;
  const parts = pattern.split('*');
  const head = parts[0] ?? '';
  const tail = parts[parts.length - 1] ?? '';
  const middle = parts.slice(1, -1).filter((p) => p !== '');
  return (name) => {
    if (name === null) return pattern === '*';
    if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail))
      return false;
    let at = head.length;
    for (const part of middle) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= name.length - tail.length;
  };
}
