/** Kubernetes' pod name suffixes use this alphabet only (no vowels, no easily mistaken digits). */
const SAFE = '[bcdfghjklmnpqrstvwxz2456789]';
const REPLICA_SET = new RegExp(`^(.+)-(?:${SAFE}{6,10}|[0-9a-f]{8,10})-${SAFE}{5}$`);
const GENERATED = new RegExp(`^(.+)-${SAFE}{5}$`);
const ORDINAL = /^(.+)-\d{1,5}$/;

/**
 * The workload of a pod: its name without ReplicaSet hash and pod suffix, DaemonSet or Job suffix, or ordinal.
 * Shape: `web-7948dffbdd-p44xx` gives `web`; a name of no known shape is its own workload.
 */
export function workloadOf(pod: string): string {
  const match = REPLICA_SET.exec(pod) ?? GENERATED.exec(pod) ?? ORDINAL.exec(pod);
  return match?.[1] ?? pod;
}
