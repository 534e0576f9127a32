/** Ports whose protocol a proxy has to guess: it comes out differently, or both sides wait for each other. */
import { formatDuration } from '../../domain/time.ts';
import { count } from '../diagnoses/diagnosis.ts';
import { serverFirst } from '../diagnoses/server-first.ts';
import { undeclaredPortName } from '../diagnoses/undeclared-port-name.ts';
import { maxOf, minOf } from '../extremes.ts';
import type { Facts, Leg } from '../legs.ts';
import { type Condition, countAll, countConnections, groupLegs, toFinding } from './condition.ts';

/** Of each kind, before they say more than that somebody tried. */
const EACH_MIN = 3;

/** Calls of one named cluster and port, whatever they were taken for. */
export const mixedProtocol: Condition = {
  name: 'mixed-protocol',
  byFacts: true,
  scopesOf: ({ facts }) => {
    if (facts.direction !== 'outbound' || facts.portCluster === '') return [];
    return [facts.portCluster];
  },
  find: ({ name: scope, legs, suspects }) => {
    const tcp = legs.filter(isPlainTcp);
    const requests = suspects.filter(({ facts }) => isRequest(facts));
    if (countConnections(tcp) < EACH_MIN || countConnections(requests) < EACH_MIN) return [];
    const guessed = [...groupLegs(tcp, ({ facts }) => facts.writer)]
      .filter(([writer, own]) =>
        interleave(
          own,
          requests.filter(({ facts }) => facts.writer === writer),
        ),
      )
      .flatMap(([, own]) => own);
    if (countConnections(guessed) < EACH_MIN) return [];
    return [
      toFinding({
        about: [scope],
        diagnosis: undeclaredPortName,
        severity: 'info',
        legs: guessed,
        after: null,
        ended: null,
        evidence: [
          `${count(countConnections(guessed), 'connection')} of proxies that logged HTTP requests to the same cluster and port, ` +
            `before and after, ${countConnections(guessed) === 1 ? 'was' : 'were'} logged as TCP, without a server name of TLS.`,
        ],
      }),
    ];
  },
};

export function isRequest({ shape }: Facts): boolean {
  return shape.http;
}

/** TLS that a client brings along is TCP by right. */
function isPlainTcp({ flow, facts }: Leg): boolean {
  const { http, requested_server_name, response_flags } = flow.shape;
  return !http && !facts.failed && requested_server_name === null && response_flags.length === 0;
}

/** True when neither kind ended before the other began: nobody changed the port. */
function interleave(a: readonly Leg[], b: readonly Leg[]): boolean {
  if (a.length === 0 || b.length === 0) return false;
  const [x, y] = [a, b].map((legs) => ({
    first: minOf(
      legs.map(({ flow }) => flow.first),
      0,
    ),
    last: maxOf(
      legs.map(({ flow }) => flow.last),
      0,
    ),
  }));
  return x !== undefined && y !== undefined && x.first < y.last && y.first < x.last;
}

/** FTP, SSH, Telnet, SMTP, POP3, NNTP, IMAP, submission, MySQL, VNC: a server that is reached says something. */
const SERVER_FIRST_PORTS: ReadonlySet<number> = new Set([21, 22, 23, 25, 110, 119, 143, 587, 3306, 5900]);
/** Patience of a client, ms, and what its timer may be late by. */
const PATIENCE_MIN_MS = 1_000;
const LATE_MS = 1_000;
const SHARE_MIN = 0.5;

/** Calls of one cluster and port on which the server speaks first. */
export const silentServers: Condition = {
  name: 'silent-servers',
  byFacts: true,
  scopesOf: ({ facts, flow }) => {
    if (!facts.client || facts.local === null || !SERVER_FIRST_PORTS.has(facts.local.port)) return [];
    return flow.shape.upstream_connected ? [`${facts.cluster} ${facts.local.port}`] : [];
  },
  find: (all) => {
    const { name: scope, suspects } = all;
    const connections = countConnections(suspects);
    if (connections < EACH_MIN || connections < SHARE_MIN * countAll(all)) return [];
    const shortest = minOf(
      suspects.map(({ flow }) => flow.duration_min),
      0,
    );
    const longest = maxOf(
      suspects.map(({ flow }) => flow.duration_max),
      0,
    );
    if (longest - shortest > LATE_MS) return [];
    return [
      toFinding({
        about: [scope],
        diagnosis: serverFirst,
        severity: 'medium',
        legs: suspects,
        after: null,
        ended: null,
        evidence: [
          `${connections} of ${count(countAll(all), 'connection')} carried nothing either way and all lasted ` +
            `${formatDuration(longest)}: the patience of the client. No line of the server belongs to them.`,
        ],
      }),
    ];
  },
};

/** True for connections that were made, and ended without a reason. */
export function wasMade({ shape }: Facts): boolean {
  return shape.upstream_connected && shape.response_flags.length === 0;
}

/** True for connections that were made, lasted and carried nothing. */
export function isMute({ flow, facts }: Leg): boolean {
  const { bytes_received, bytes_sent, duration_min, paired } = flow;
  if (!wasMade(facts) || paired > 0) return false;
  return bytes_received + bytes_sent === 0 && duration_min >= PATIENCE_MIN_MS;
}
