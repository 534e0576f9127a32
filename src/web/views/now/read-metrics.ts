/** The text format of Prometheus, as far as plain numbers go. */

/** Numbers by name, those with labels added up; only names that begin with `prefix`. */
export function readMetrics(text: string, prefix: string): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (!line.startsWith(prefix)) continue;
    const name = /^[A-Za-z0-9_:]+/.exec(line)?.[0] ?? '';
    const value = Number(line.slice(line.lastIndexOf(' ') + 1));
    if (Number.isFinite(value)) numbers.set(name, (numbers.get(name) ?? 0) + value);
  }
  return numbers;
}
