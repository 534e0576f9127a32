/** Who called, and what was called, as names that lead on. */
import type { Source } from '../../domain/resources.ts';
import { type Child, h } from '../dom/element.ts';
import { linkTo } from '../shell/location.ts';
import { shortPod } from './format.ts';

export function sourceName({ pod, workload, ip }: Source): string {
  return pod ?? workload ?? ip ?? 'a pod that the lines do not name';
}

/** The same where there is little room. */
export function sourceShort(source: Source): string {
  return source.pod === null ? sourceName(source) : shortPod(source.pod, source.workload);
}

/** The workload, which has a view of its own; an address alone is explained. */
export function sourceLink(source: Source, name = sourceName(source)): Child {
  const { workload, ip } = source;
  if (workload !== null)
    return h('a', { href: linkTo(['workloads', workload]), title: sourceName(source) }, name);
  if (ip !== null) return h('a', { href: linkTo(['explain', ip]) }, ip);
  return name;
}

export function destinationLink(address: string, ...children: readonly Child[]): Child {
  return h(
    'a',
    { href: linkTo(['destinations', address]) },
    ...(children.length === 0 ? [address] : children),
  );
}
