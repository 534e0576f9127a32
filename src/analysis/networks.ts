/** Coarse networks: which addresses are likely of one kind, when only some of them are known. */

/** Network that an address lies in: the first 16 bits of IPv4, the first 64 of IPv6. */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip.split('.', 2).join('.');
  const [head = '', tail = ''] = ip.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const missing = ip.includes('::') ? 8 - left.length - right.length : 0;
  const groups = [...left, ...new Array<string>(Math.max(0, missing)).fill('0'), ...right];
  return groups.slice(0, 4).join(':');
}

/** True when all addresses lie in one network: a listed range, or a private corner of the world. */
export function isOneNetwork(ips: Iterable<string>): boolean {
  return new Set([...ips].map(networkOf)).size <= 1;
}
