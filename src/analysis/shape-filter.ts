/** Filters by what all lines of a shape share. There are very many shapes, of few names: each name is matched once. */
import { type Filter, matchesAddress } from '../domain/filter.ts';
import type { NamePattern } from '../domain/name-pattern.ts';
import type { Facts } from './legs.ts';

type Test = (facts: Facts) => boolean;

/** The test of a filter but for its window, its states, and what only single lines or findings tell. */
export function shapeFilter(filter: Filter): Test {
  const tests: Test[] = [];
  const byName = (patterns: readonly NamePattern[], nameOf: (facts: Facts) => string | null): void => {
    if (patterns.length === 0) return;
    const matches = remember((name: string | null) => patterns.some((pattern) => pattern(name)));
    tests.push((facts) => matches(nameOf(facts)));
  };
  byName(filter.pod, ({ source }) => source.pod);
  byName(filter.namespace, ({ source }) => source.namespace);
  byName(filter.workload, ({ source }) => source.workload);
  byName(filter.node, ({ shape }) => shape.identity.node);
  byName(filter.kind, ({ shape }) => (shape.http ? 'http' : 'tcp'));
  const { source, destination, port, direction, upstream_cluster, response_flag } = filter;
  if (source.length > 0) {
    const ips = new Set(source.map(({ ip }) => ip));
    tests.push(({ shape }) => shape.downstream_remote_ip !== null && ips.has(shape.downstream_remote_ip));
  }
  if (destination.length > 0)
    tests.push(({ local }) => local !== null && matchesAddress(destination, local.ip, local.port));
  if (port.length > 0) tests.push(({ local }) => local !== null && port.includes(local.port));
  if (upstream_cluster.length > 0) {
    const matches = remember((name: string | null) => {
      const bare = name?.endsWith(';') === true ? name.slice(0, -1) : name;
      return upstream_cluster.some((pattern) => pattern(name) || pattern(bare));
    });
    tests.push(({ shape }) => matches(shape.upstream_cluster));
  }
  if (response_flag.length > 0) {
    const matches = remember((flag: string | null) => response_flag.some((pattern) => pattern(flag)));
    tests.push(({ shape }) => shape.response_flags.some(matches));
  }
  if (direction.length > 0) tests.push((facts) => direction.includes(facts.direction));
  return (facts) => tests.every((test) => test(facts));
}

function remember(matches: (name: string | null) => boolean): (name: string | null) => boolean {
  const known = new Map<string | null, boolean>();
  return (name) => {
    const told = known.get(name);
    if (told !== undefined) return told;
    const matched = matches(name);
    known.set(name, matched);
    return matched;
  };
}
