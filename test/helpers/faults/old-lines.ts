/** Lines that no retention keeps: of a pod of their own, a millisecond apart. `from`: ms since the epoch. */
export function oldLines(count: number, from: number): string {
  const line = (at: number): string =>
    `old-0 istio-proxy [${new Date(from + at).toISOString()}] "- - -" 0 - - - "-" 1 2 3 - "-" "-" "-" "-" "10.40.2.8:6379" ` +
    `outbound|6379||cache.shop.svc.cluster.local 10.40.1.5:${20_000 + (at % 40_000)} 10.96.14.20:6379 10.40.1.5:30000 - default\n`;
  return Array.from({ length: count }, (_, at) => line(at)).join('');
}
