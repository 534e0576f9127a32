/** Ports that are one catch-all away from an outage. */
import type { CollisionRadar, RadarPort } from '../../../domain/report.ts';
import { count, formatCount, say, type Text } from '../../text.ts';
import { type Block, heading, paragraph } from '../document.ts';
import { callerName, joined, shortHost } from './words.ts';

export function radarBlocks({ connections, ports_total, ports }: CollisionRadar): Block[] {
  if (ports.length === 0) return [];
  const more = ports_total - ports.length;
  const most = Math.max(...ports.map((port) => port.connections));
  return [
    heading(2, 'Collision radar'),
    paragraph(
      say`${[count(connections, 'connection')]} passed through unnamed, on ${[count(ports_total, 'port')]}. Whoever creates an object that listens on ${'0.0.0.0'} and one of these ports takes all of its traffic away from those below.`,
    ),
    {
      kind: 'table',
      columns: [
        'PORT',
        'CONNECTIONS',
        'WHO DEPENDS ON IT',
        'TO',
        'THE SAME PORT BY NAME',
        'TAKEN ALREADY BY',
      ],
      rows: ports.map((port) => row(port, most)),
    },
    ...(more > 0 ? [paragraph(`${count(more, 'port')} more, with fewer callers.`)] : []),
  ];
}

function row(port: RadarPort, most: number): readonly Text[] {
  return [
    say`${String(port.port)}`,
    [
      { bar: { part: port.connections, whole: most }, label: formatCount(port.connections) },
      ` ${formatCount(port.connections)}`,
    ],
    joined(
      port.callers.map((caller) => say`${callerName(caller)}`),
      port.callers_total,
    ),
    joined(
      port.destinations.map(
        ({ destination, in_mesh }) => say`${shortHost(destination)}${[in_mesh ? '' : ' (outside)']}`,
      ),
      port.destinations_total,
    ),
    hosts(port.services),
    hosts(port.captured_by),
  ];
}

function hosts(names: readonly string[]): Text {
  return names.length === 0 ? ['nobody'] : joined(names.map((name) => say`${shortHost(name)}`));
}
