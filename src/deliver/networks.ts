/** Which addresses a target may have: public ones, and those networks that the configuration names. */
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';
import { DeliveryError } from '../domain/delivery.ts';

/**
 * Of this machine, private, link-local (cloud metadata is there), shared, for documentation, multicast, reserved, and translated to
 * any of these. Source: IANA's registries of special-purpose addresses.
 */
const SPECIAL: ReadonlyArray<readonly [network: string, prefix: number]> = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

export interface Networks {
  /** Whether the configuration names a network that this address is in. */
  isAllowed(address: string): boolean;
  /** Whether a target may have this address. */
  mayReach(address: string): boolean;
  /**
   * Resolves a name for a connection, and hands over nothing but addresses that a target may have: what was looked at is what is
   * connected to. It is not called for a host that is an address: `refuseAddress` is.
   */
  readonly lookup: LookupFunction;
  /** Errors: `DeliveryError` for a host that is an address which no target may have. */
  refuseAddress(host: string): void;
}

/** `allowed`: CIDR, checked before. */
export function createNetworks(allowed: readonly string[]): Networks {
  const special = blockListOf(SPECIAL);
  const named = blockListOf(allowed.map(splitCidr));
  const isAllowed = (address: string): boolean => named.check(address, familyOf(address));
  const mayReach = (address: string): boolean =>
    isIP(address) !== 0 && (isAllowed(address) || !special.check(address, familyOf(address)));
  return {
    isAllowed,
    mayReach,
    lookup(hostname, options, callback) {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, [], 0);
        const reachable = addresses.filter(({ address }) => mayReach(address));
        const [first] = reachable;
        if (first === undefined) {
          const found = addresses.map(({ address }) => address).join(', ');
          return callback(refusal(`${hostname} is at ${found}`), [], 0);
        }
        if (options.all === true) callback(null, reachable);
        else callback(null, first.address, first.family);
      });
    },
    refuseAddress(host) {
      if (isIP(host) !== 0 && !mayReach(host)) throw refusal(host);
    },
  };
}

function refusal(where: string): DeliveryError {
  return new DeliveryError(
    `${where}, which is no public address; name its network under allow_networks if that is meant`,
  );
}

/** `10.0.0.0/8` in its two parts. */
export function splitCidr(cidr: string): readonly [network: string, prefix: number] {
  const [network = '', prefix] = cidr.split('/', 2);
  return [network, prefix === undefined ? (isIPv4(network) ? 32 : 128) : Number(prefix)];
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6';
}

/** Addresses of IPv4 that are written as IPv6 (`::ffff:…`) are found in it too. */
function blockListOf(networks: ReadonlyArray<readonly [network: string, prefix: number]>): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, familyOf(network));
  return list;
}
