/** A small capture by a catch-all listener, as stern prints it: before, during, and what the servers saw. */

const CLIENT = 'cache-5d8f7c9b64-x2v7k';
const SERVER = 'cache-5d8f7c9b64-q9wnz';
const EMPTY_HTTP = '- - "-"';

/** Two caches that find each other by address; then somebody declares their port on an ExternalName. */
export const INCIDENT_LINES: readonly string[] = [
  line(
    CLIENT,
    '2024-03-05T09:10:00.100Z',
    `0 - ${EMPTY_HTTP} 180 220 310`,
    '"10.40.2.8:6379"',
    'outbound|6379||cache.shop.svc.cluster.local 10.40.1.5:40112 10.96.14.20:6379 10.40.1.5:38210 - default',
  ),
  line(
    SERVER,
    '2024-03-05T09:10:00.102Z',
    `0 - ${EMPTY_HTTP} 180 220 307`,
    '"127.0.0.1:6379"',
    'inbound|6379|tcp-cache|cache.shop.svc.cluster.local 127.0.0.1:51820 10.40.2.8:6379 10.40.1.5:40112 outbound_.6379_._.cache.shop.svc.cluster.local default',
  ),
  line(
    CLIENT,
    '2024-03-05T09:12:01.120Z',
    `0 - ${EMPTY_HTTP} 96 64 1500`,
    '"10.40.2.8:6379"',
    'PassthroughCluster 10.40.1.5:41022 10.40.2.8:6379 10.40.1.5:41020 - -',
  ),
  line(
    SERVER,
    '2024-03-05T09:12:01.121Z',
    `0 - ${EMPTY_HTTP} 96 64 1498`,
    '"127.0.0.1:6379"',
    'inbound|6379|tcp-cache|cache.shop.svc.cluster.local 127.0.0.1:52004 10.40.2.8:6379 10.40.1.5:41022 - default',
  ),
  `${CLIENT} istio-proxy 2024-03-05T09:15:00.000000Z\tinfo\txdsproxy\tconnected to upstream XDS server: istiod.istio-system.svc:15012`,
  line(
    CLIENT,
    '2024-03-05T09:20:07.350Z',
    '0 UF,URX - - "-" 0 0 1001',
    '"10.96.77.3:6379"',
    'outbound|6379||redis-ext.billing.svc.cluster.local - 10.40.2.8:6379 10.40.1.5:42230 - -',
  ),
  line(
    CLIENT,
    '2024-03-05T09:20:09.870Z',
    '0 UF,URX - - "-" 0 0 1000',
    '"10.96.77.3:6379"',
    'outbound|6379||redis-ext.billing.svc.cluster.local - 10.40.2.8:6379 10.40.1.5:42262 - -',
  ),
];

/** The lines as one text, each with its newline. */
export const INCIDENT_TEXT: string = INCIDENT_LINES.map((text) => `${text}\n`).join('');

export const INCIDENT = {
  client: CLIENT,
  server: SERVER,
  cluster: 'outbound|6379||redis-ext.billing.svc.cluster.local',
  destination: '10.40.2.8:6379',
  lastBefore: '2024-03-05T09:12:01.120Z',
  firstAfter: '2024-03-05T09:20:07.350Z',
} as const;

function line(pod: string, time: string, counts: string, host: string, rest: string): string {
  return `${pod} istio-proxy [${time}] "- - -" ${counts} - "-" "-" "-" "-" ${host} ${rest}`;
}
