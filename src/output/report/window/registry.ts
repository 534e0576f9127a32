/** What REGISTRY_ONLY would block, and the objects that let it through. */
import type { BlockedDestination, DestinationKind, RegistryReadiness } from '../../../domain/report.ts';
import { count, formatCount, say, share, type Text } from '../../text.ts';
import { type Block, heading, paragraph } from '../document.ts';
import { callerName, joined, targetName } from './words.ts';

/** Destinations that are shown with their object; the document has it of more. */
const OBJECTS_MAX = 5;

const KINDS: Readonly<Record<DestinationKind, string>> = {
  pod: 'pods by address',
  service: 'a service that is hidden',
  outside: 'outside the mesh',
  unknown: 'not known',
};

export function registryBlocks(readiness: RegistryReadiness): Block[] {
  const { lines, blocked_lines, blackholed_lines, destinations_total, destinations } = readiness;
  if (lines === 0) return [];
  const title = heading(2, 'Ready for REGISTRY_ONLY?');
  const already =
    blackholed_lines === 0 ? '' : ` ${count(blackholed_lines, 'line')} went to BlackHoleCluster already.`;
  if (destinations.length === 0) {
    return [title, paragraph(`It would block none of the ${count(lines, 'outbound line')}.${already}`)];
  }
  const more = destinations_total - destinations.length;
  return [
    title,
    paragraph(
      `It would block ${share(blocked_lines, lines)} outbound lines, to ${count(destinations_total, 'destination')}.${already}`,
    ),
    {
      kind: 'table',
      columns: ['DESTINATION', 'WHAT IT IS', 'LINES', 'CALLED BY'],
      rows: destinations.map(row),
    },
    ...(more > 0 ? [paragraph(`${count(more, 'destination')} more, with fewer lines.`)] : []),
    ...destinations.slice(0, OBJECTS_MAX).flatMap(objectBlocks),
  ];
}

function row(one: BlockedDestination): readonly Text[] {
  return [
    say`${targetName(one)}`,
    [KINDS[one.kind]],
    [formatCount(one.lines)],
    joined(
      one.callers.map((caller) => say`${callerName(caller)}`),
      one.callers_total,
    ),
  ];
}

function objectBlocks(one: BlockedDestination): Block[] {
  return [
    heading(4, say`${targetName(one)}`),
    paragraph(one.remedy),
    ...(one.yaml === null ? [] : [{ kind: 'code', language: 'yaml', text: one.yaml } as const]),
  ];
}
