/** The same lines in every wrapper that logs arrive in. */
import type { Written } from './incident.ts';

const CONTAINER = 'istio-proxy';
const NODE = 'pool-a-7f3e';
const CONTAINER_ID = '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8';
/** Docker and the container runtimes cut long lines; these cut short ones, to show it. */
const PIECE_CHARACTERS = 120;

/** Shape: file name to text. */
export function envelopeFiles(lines: readonly Written[], namespace: string): Map<string, string> {
  const each = (wrap: (line: Written) => string): string => lines.map((line) => `${wrap(line)}\n`).join('');
  const named = (line: Written): string => `${line.pod.name} ${CONTAINER}`;
  const metadata = (line: Written) => ({
    pod_name: line.pod.name,
    namespace_name: namespace,
    container_name: CONTAINER,
    host: NODE,
  });
  return new Map([
    ['none.log', each((line) => line.message)],
    ['stern.log', `${each((line) => `${named(line)} ${line.message}`)}`],
    ['stern-namespaces.log', each((line) => `${namespace} ${named(line)} ${line.message}`)],
    ['stern-timestamps.log', each((line) => `${named(line)} ${stamp(line, '+02:00')} ${line.message}`)],
    ['stern-timestamps-short.log', each((line) => `${named(line)} ${shortStamp(line)} ${line.message}`)],
    ['stern-missing-timestamp.log', each((line) => `${named(line)} [missing timestamp] ${line.message}`)],
    ['stern-coloured.log', each(coloured)],
    [
      'stern-status.log',
      withStatus(
        lines,
        each((line) => `${named(line)} ${line.message}`),
      ),
    ],
    ['stern-json.ndjson', each((line) => JSON.stringify(sternJson(line, namespace)))],
    ['stern-extjson.ndjson', each((line) => sternExtjson(line, namespace))],
    ['stern-ppextjson.log', each((line) => ppExtjson(line, namespace))],
    ['kubectl-prefix.log', each((line) => `[pod/${line.pod.name}/${CONTAINER}] ${line.message}`)],
    ['kubectl-timestamps.log', each((line) => `${stamp(line, 'Z')} ${line.message}`)],
    [
      'kubectl-prefix-timestamps.log',
      each((line) => `[pod/${line.pod.name}/${CONTAINER}] ${stamp(line, 'Z')} ${line.message}`),
    ],
    ['cri.log', each(cri)],
    ['docker.ndjson', each(docker)],
    ['compose.log', each((line) => `${line.pod.name}_1  | ${line.message}`)],
    [
      'fluent-bit.ndjson',
      each((line) =>
        json({
          date: line.at / 1_000,
          log: `${line.message}\n`,
          stream: 'stdout',
          kubernetes: metadata(line),
        }),
      ),
    ],
    [
      'vector.ndjson',
      each((line) =>
        json({
          file: `/var/log/pods/${namespace}_${line.pod.name}_0/${CONTAINER}/0.log`,
          kubernetes: {
            container_name: CONTAINER,
            pod_name: line.pod.name,
            pod_namespace: namespace,
            pod_node_name: NODE,
          },
          message: line.message,
          source_type: 'kubernetes_logs',
          stream: 'stdout',
          timestamp: new Date(line.at).toISOString(),
        }),
      ),
    ],
    [
      'filebeat.ndjson',
      each((line) =>
        json({
          '@timestamp': new Date(line.at).toISOString(),
          '@metadata': { beat: 'filebeat', type: '_doc', version: '8.14.0' },
          agent: { type: 'filebeat', version: '8.14.0' },
          container: { id: CONTAINER_ID, runtime: 'containerd' },
          kubernetes: {
            container: { name: CONTAINER },
            namespace,
            node: { name: NODE },
            pod: { name: line.pod.name },
          },
          log: { file: { path: containerFile(line, namespace) }, offset: 0 },
          message: line.message,
          stream: 'stdout',
        }),
      ),
    ],
    [
      'logstash.ndjson',
      each((line) =>
        json({
          '@timestamp': new Date(line.at).toISOString(),
          '@version': '1',
          event: { original: line.message },
          host: { name: NODE },
          log: { file: { path: containerFile(line, namespace) } },
          message: line.message,
        }),
      ),
    ],
    [
      'loki.ndjson',
      each((line) =>
        json({
          labels: { namespace, pod: line.pod.name, container: CONTAINER, node_name: NODE },
          line: line.message,
          timestamp: new Date(line.at).toISOString(),
        }),
      ),
    ],
  ]);
}

/** The name that the kubelet gives to the log of a container. */
function containerFile(line: Written, namespace: string): string {
  return `/var/log/containers/${line.pod.name}_${namespace}_${CONTAINER}-${CONTAINER_ID}.log`;
}

const json = (value: unknown): string => JSON.stringify(value);

/** RFC 3339 with nine digits, in the zone given (UTC or two hours ahead of it). */
function stamp(line: Written, zone: 'Z' | '+02:00'): string {
  const shifted = line.at + (zone === 'Z' ? 0 : 7_200_000);
  return `${new Date(shifted).toISOString().slice(0, -1)}204117${zone}`;
}

/** stern's short form: neither year nor zone. */
function shortStamp(line: Written): string {
  return new Date(line.at).toISOString().slice(5, 19).replace('T', ' ');
}

/** As on a terminal, with a match highlighted within the message. */
function coloured(line: Written): string {
  const message = line.message.replace('5701', '\u001b[31;1m5701\u001b[0;22m');
  return `\u001b[95m${line.pod.name}\u001b[0m \u001b[35m${CONTAINER}\u001b[0m ${message}`;
}

/** What `2>&1` mixes in. */
function withStatus(lines: readonly Written[], text: string): string {
  const pods = [...new Set(lines.map((line) => line.pod.name))];
  const status = (sign: string): string => pods.map((pod) => `${sign} ${pod} › ${CONTAINER}\n`).join('');
  return `${status('+')}${text}${status('-')}`;
}

function sternJson(line: Written, namespace: string): Record<string, unknown> {
  return {
    message: line.message,
    nodeName: NODE,
    namespace,
    podName: line.pod.name,
    containerName: CONTAINER,
    labels: { app: 'planner' },
  };
}

function sternExtjson(line: Written, namespace: string): string {
  const [ns, pod, message] = [namespace, line.pod.name, line.message].map(json);
  return `{"namespace": ${ns}, "pod": ${pod}, "container": ${json(CONTAINER)}, "message": ${message}}`;
}

function ppExtjson(line: Written, namespace: string): string {
  const value = { namespace, pod: line.pod.name, container: CONTAINER, message: line.message };
  return JSON.stringify(value, null, 2);
}

/** Trailing zeros of the fraction are cut, and a long line comes in pieces. */
function cri(line: Written): string {
  const time = new Date(line.at).toISOString().replace(/\.?0*Z$/, '+00:00');
  const pieces = inPieces(line.message);
  return pieces
    .map((piece, i) => `${time} stdout ${i === pieces.length - 1 ? 'F' : 'P'} ${piece}`)
    .join('\n');
}

function docker(line: Written): string {
  const pieces = inPieces(line.message);
  const time = stamp(line, 'Z');
  const entry = (piece: string, i: number) => ({
    log: i === pieces.length - 1 ? `${piece}\n` : piece,
    stream: 'stdout',
    time,
  });
  return pieces.map((piece, i) => json(entry(piece, i))).join('\n');
}

function inPieces(text: string): string[] {
  const count = Math.max(1, Math.ceil(text.length / PIECE_CHARACTERS));
  return Array.from({ length: count }, (_, i) =>
    text.slice(i * PIECE_CHARACTERS, (i + 1) * PIECE_CHARACTERS),
  );
}
