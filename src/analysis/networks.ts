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

/** Networks that addresses of one kind lie in, counted so that they can be taken out again. */
export class Networks {
  readonly #counts = new Map<string, number>();
  /** By address: an address is asked about many times. */
  readonly #networks = new Map<string, string>();

  has(network: string): boolean {
    return this.#counts.has(network);
  }

  /** True for an address in one of the networks. */
  holds(ip: string): boolean {
    let network = this.#networks.get(ip);
    if (network === undefined) {
      network = networkOf(ip);
      this.#networks.set(ip, network);
    }
    return this.#counts.has(network);
  }

  /** Counts an address in or out. True when its network is new or gone by that. */
  count(ip: string, isIn: boolean): boolean {
    const network = networkOf(ip);
    const known = this.#counts.get(network) ?? 0;
    const now = known + (isIn ? 1 : -1);
    if (now > 0) this.#counts.set(network, now);
    else this.#counts.delete(network);
    return known > 0 !== now > 0;
  }
}
