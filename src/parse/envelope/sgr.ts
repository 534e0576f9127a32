const START = '\u001b[';

/** Removes colour codes (`ESC [ 1 ; 31 m`) wherever they stand. Everything else stays as it is. */
export function stripColour(line: string): string {
  let from = line.indexOf(START);
  if (from < 0) return line;
  let kept = line.slice(0, from);
  while (from >= 0) {
    let end = from + START.length;
    while (isParameter(line.charCodeAt(end))) end++;
    const next = line.indexOf(START, end);
    const behind = line.charCodeAt(end) === 0x6d ? end + 1 : from;
    kept += line.slice(behind, next < 0 ? line.length : next);
    from = next;
  }
  return kept;
}

/** Digits and `;`. */
function isParameter(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x3b;
}
