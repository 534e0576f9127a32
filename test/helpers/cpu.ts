/** Ms of the processor that work takes: on a busy machine the clock goes on while somebody else is served. */
export function cpuMs(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return Math.round((user + system) / 1_000);
}
