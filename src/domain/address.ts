/** Addresses as Envoy prints them: `10.0.0.1:80`, `[2001:db8::1]:80`, `envoy://listener/10.0.0.1:80`, a pipe path. */

/** Shape: `ip` canonical (RFC 5952, IPv4-mapped IPv6 as IPv4, no zone); `port` 0 to 65535. */
export interface Address {
  readonly ip: string;
  readonly port: number;
}

/**
 * Reads an address with its port.
 * Null: the text is no IP address with a port (an internal listener, a pipe, a host name, `-`).
 */
export function parseAddress(text: string): Address | null {
  const colon = text.lastIndexOf(':');
  if (colon < 1) return null;
  const port = parsePort(text.slice(colon + 1));
  if (port === null) return null;
  const host = text.slice(0, colon);
  if (host.charCodeAt(0) !== 0x5b /* [ */) {
    return isIpv4(host) ? { ip: host, port } : null;
  }
  if (!host.endsWith(']')) return null;
  const ip = canonicalIp(host.slice(1, -1));
  return ip === null ? null : { ip, port };
}

/** The address behind an internal listener (`envoy://connect_originate/10.0.0.1:80`), or null. */
export function parseTunnelTarget(text: string): Address | null {
  if (!text.startsWith('envoy://')) return null;
  return parseAddress(text.slice(text.lastIndexOf('/') + 1));
}

/** Port number of decimal digits without leading zeros, 0 to 65535, or null. */
export function parsePort(text: string): number | null {
  if (!/^(?:0|[1-9]\d{0,4})$/.test(text)) return null;
  const port = Number(text);
  return port <= 65_535 ? port : null;
}

/** `ip:port`, with brackets round IPv6. */
export function formatAddress(address: Address): string {
  return address.ip.includes(':') ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`;
}

/** Canonical text of an IP address, or null when `text` is none. Octal and short forms are refused. */
export function canonicalIp(text: string): string | null {
  if (isIpv4(text)) return text;
  const groups = parseIpv6(text);
  if (groups === null) return null;
  const mapped = groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff;
  if (mapped) {
    const high = groups[6] ?? 0;
    const low = groups[7] ?? 0;
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  return formatIpv6(groups);
}

/** True for dotted decimal with four numbers of 0 to 255 and no leading zeros. */
export function isIpv4(text: string): boolean {
  const length = text.length;
  if (length < 7 || length > 15) return false;
  let dots = 0;
  let value = -1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (value < 0) return false;
      dots++;
      value = -1;
    } else if (code >= 0x30 && code <= 0x39) {
      if (value === 0) return false;
      value = value < 0 ? code - 0x30 : value * 10 + code - 0x30;
      if (value > 255) return false;
    } else {
      return false;
    }
  }
  return dots === 3 && value >= 0;
}

/** True for the addresses that a sidecar uses towards its own application: never an end of a mesh connection. */
export function isLoopback(ip: string): boolean {
  return ip.startsWith('127.') || ip === '::1' || ip === '::6';
}

/** True inside the ranges that Istio allocates to ServiceEntries without addresses. */
export function isAutoAllocated(ip: string): boolean {
  return ip.startsWith('240.240.') || /^2001:2:0?:|^2001:2::/.test(ip);
}

/** Port of a text that has none which can be put back exactly. */
export const NO_PORT = -1;

/** Where the port of an address begins (after the colon), or 0: there is none that can be put back exactly. */
export function portStart(text: string): number {
  const end = text.length;
  let at = end - 1;
  while (at > 0 && end - at <= 5 && isDigit(text.charCodeAt(at))) at--;
  const digits = end - at - 1;
  if (at < 1 || digits < 1 || text.charCodeAt(at) !== 0x3a /* : */) return 0;
  if (digits > 1 && text.charCodeAt(at + 1) === 0x30 /* 0 */) return 0;
  return digits === 5 && Number(text.slice(at + 1)) > 65_535 ? 0 : at + 1;
}

/** The port that begins at `start`, or NO_PORT for 0. */
export function portAt(text: string, start: number): number {
  if (start === 0) return NO_PORT;
  let port = 0;
  for (let i = start; i < text.length; i++) port = port * 10 + text.charCodeAt(i) - 0x30;
  return port;
}

/** The address without its port; the whole text when it has none. */
export function hostBefore(text: string, start: number): string {
  return start === 0 ? text : text.slice(0, start - 1);
}

export function joinAddress(host: string | null, port: number | null): string | null {
  return host === null ? null : port === null || port === NO_PORT ? host : `${host}:${port}`;
}

function parseIpv6(text: string): number[] | null {
  const zone = text.indexOf('%');
  const body = zone < 0 ? text : text.slice(0, zone);
  if (body.length < 2 || body.length > 45 || !/^[0-9a-fA-F:.]+$/.test(body)) return null;
  const halves = body.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === null || tail === null) return null;
  const count = head.length + tail.length;
  if (halves.length === 1) return count === 8 ? head : null;
  if (count > 7) return null;
  return [...head, ...new Array<number>(8 - count).fill(0), ...tail];
}

/** Groups between colons; where they end the address, the last may be written as an IPv4 address. */
function parseGroups(text: string, endsAddress: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (endsAddress && index === parts.length - 1 && part.includes('.')) {
      if (!isIpv4(part)) return null;
      const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
      groups.push((a << 8) | b, (c << 8) | d);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

function formatIpv6(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > bestLength) {
      bestStart = i;
      bestLength = j - i;
    }
    if (j > i) i = j;
  }
  const hex = groups.map((g) => g.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
