/** Mutual TLS: how much has it, and who comes to whom without. */
import type { MtlsCoverage, UncoveredServer } from '../../../domain/report.ts';
import { count, formatCount, say, share, type Text } from '../../text.ts';
import { type Block, heading, paragraph } from '../document.ts';
import { callerName, joined } from './words.ts';

export function mtlsBlocks({
  lines,
  with_mtls,
  servers_total,
  uncovered_total,
  uncovered,
}: MtlsCoverage): Block[] {
  if (lines === 0) return [];
  const title = heading(2, 'Mutual TLS');
  const covered = `${share(with_mtls, lines)} lines of ${count(servers_total, 'server')} came with the mesh's mutual TLS`;
  const bar = { bar: { part: with_mtls, whole: lines }, label: covered };
  if (uncovered.length === 0)
    return [title, paragraph([bar, ` ${covered}: STRICT would refuse none of them.`])];
  const more = uncovered_total - uncovered.length;
  return [
    title,
    paragraph([
      bar,
      ` ${covered}. STRICT would refuse the rest, which came to ${count(uncovered_total, 'server')}:`,
    ]),
    { kind: 'table', columns: ['SERVER', 'WITH', 'LINES WITHOUT', 'FROM'], rows: uncovered.map(row) },
    ...(more > 0 ? [paragraph(`${count(more, 'server')} more, with fewer lines without it.`)] : []),
  ];
}

function row(server: UncoveredServer): readonly Text[] {
  const { port, lines, with_mtls, clients, clients_total } = server;
  const words = share(with_mtls, lines);
  return [
    say`${`${callerName(server)}:${port}`}`,
    [{ bar: { part: with_mtls, whole: lines }, label: words }, ` ${words}`],
    [formatCount(lines - with_mtls)],
    joined(
      clients.map(({ client, in_mesh }) => say`${client}${[in_mesh ? '' : ' (no known pod)']}`),
      clients_total,
    ),
  ];
}
