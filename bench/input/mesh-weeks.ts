/**
 * Weeks of a mesh that goes on as meshes do: the same workloads call the same services at each hour of every day, and each
 * gets new pods once a week. Both ends of a connection log a line. Made as it is read, since a file of it would be large.
 */
import { HOUR_MS } from '../../src/domain/time.ts';
import { Random, WeightedIndex, zipfWeights } from '../simulator/random.ts';
import type { Lines } from './repeat.ts';

/** A Monday, 00:00. */
export const MESH_START = Date.UTC(2026, 1, 2);
const WORKLOADS = 60;
const REPLICAS = 3;
/** Services that each workload calls, and how many of them go to the addresses of pods, which no service names. */
const CALLS = 4;
const PORTS = [5_432, 6_379, 9_092, 8_080, 7_000];
const PASSED_PORT = 7_411;
/** Parts of the calls that fail, and that go past all services. */
const FAILURE_RATE = 0.002;
const PASSED_RATE = 0.03;
const CHUNK_LINES = 4_000;
const DAY_HOURS = 24;
const NAMESPACES = ['app', 'data', 'edge'];
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

export interface MeshWeeks {
  readonly lines: number;
  readonly days: number;
  readonly seed: number;
}

/** Lines in the order of time, `lines` of them in all, or one less. */
export function* meshWeeks({ lines, days, seed }: MeshWeeks): Generator<Lines> {
  const random = new Random(seed, 'mesh-weeks');
  const mesh = new Mesh(random);
  const hours = days * DAY_HOURS;
  const shares = Array.from({ length: hours }, (_, hour) => rhythm(hour));
  const whole = shares.reduce((sum, share) => sum + share, 0);
  let made = 0;
  let due = 0;
  for (const [hour, share] of shares.entries()) {
    due += (lines * share) / whole;
    const connections = Math.floor((Math.round(due) - made) / 2);
    for (let from = 0; from < connections; from += CHUNK_LINES / 2) {
      const count = Math.min(CHUNK_LINES / 2, connections - from);
      const texts = Array.from({ length: count }, (_, i) => {
        const ms = Math.floor(((from + i + random.next()) / connections) * HOUR_MS);
        return mesh.connection(hour, ms);
      });
      made += 2 * count;
      const bytes = Buffer.from(texts.join(''), 'latin1');
      yield { bytes, count: 2 * count, hour: MESH_START + hour * HOUR_MS };
    }
  }
}

/** Nights and weekends are quieter. */
function rhythm(hour: number): number {
  const ofDay = 0.6 - 0.4 * Math.cos((2 * Math.PI * ((hour % DAY_HOURS) - 3)) / DAY_HOURS);
  return ofDay * (Math.floor(hour / DAY_HOURS) % 7 >= 5 ? 0.6 : 1);
}

interface Pod {
  readonly head: string;
  readonly ip: string;
  port: number;
}

class Mesh {
  readonly #random: Random;
  readonly #calls = new WeightedIndex(zipfWeights(WORKLOADS * CALLS, 0.7));
  /** Workload that each call is to. */
  readonly #callees: readonly number[];
  readonly #pods = new Map<number, Pod>();

  constructor(random: Random) {
    this.#random = random;
    this.#callees = Array.from({ length: WORKLOADS * CALLS }, (_, call) => {
      const caller = Math.floor(call / CALLS);
      return (caller + 1 + random.int(WORKLOADS - 1)) % WORKLOADS;
    });
  }

  /** Both lines of a connection, begun so many ms after the start of an hour. */
  connection(hour: number, ms: number): string {
    const random = this.#random;
    const call = this.#calls.draw(random);
    const caller = Math.floor(call / CALLS);
    const callee = this.#callees[call] ?? 0;
    const day = Math.floor(hour / DAY_HOURS);
    const client = this.#pod(caller, day);
    const server = this.#pod(callee, day);
    const start = MESH_START + hour * HOUR_MS + ms;
    const port = PORTS[callee % PORTS.length] ?? 0;
    const host = `${nameOf(callee)}.${namespaceOf(callee)}.svc.cluster.local`;
    const vip = `10.112.0.${callee + 1}`;
    const remote = `${client.ip}:${nextPort(client)}`;
    if (random.chance(FAILURE_RATE)) {
      const failed =
        `${client.head}[${timeOf(start)}] "- - -" 0 UF,URX "-" "-" 0 0 1000 - "-" "-" "-" "-" "${server.ip}:${port}" ` +
        `outbound|${port}||${host} - ${vip}:${port} ${remote} - -\n`;
      // Two tries, as clients make them.
      return failed + failed.replace(timeOf(start), timeOf(start + 1_200));
    }
    const passed = random.chance(PASSED_RATE);
    const local = `${client.ip}:${nextPort(client)}`;
    const to = `${server.ip}:${passed ? PASSED_PORT : port}`;
    const [cluster, dialled] = passed
      ? ['PassthroughCluster', to]
      : [`outbound|${port}||${host}`, `${vip}:${port}`];
    const duration = 5 + random.int(800);
    const sums = `${200 + random.int(2_000)} ${500 + random.int(20_000)}`;
    const sni = passed ? '-' : `outbound_.${port}_._.${host}`;
    return (
      `${client.head}[${timeOf(start)}] "- - -" 0 - "-" "-" ${sums} ${duration + 2} - "-" "-" "-" "-" "${to}" ` +
      `${cluster} ${local} ${dialled} ${remote} - -\n` +
      `${server.head}[${timeOf(start + 1)}] "- - -" 0 - "-" "-" ${sums} ${duration} - "-" "-" "-" "-" ` +
      `"127.0.0.1:${port}" inbound|${port}|tcp-${nameOf(callee)}|${host} 127.0.0.1:${32_768 + random.int(28_000)} ` +
      `${to} ${local} ${sni} -\n`
    );
  }

  /** One of the pods of a workload. */
  #pod(workload: number, day: number): Pod {
    const revision = Math.floor((day + workload) / 7);
    const replica = this.#random.int(REPLICAS);
    const key = (revision * WORKLOADS + workload) * REPLICAS + replica;
    const known = this.#pods.get(key);
    if (known !== undefined) return known;
    const name = `${nameOf(workload)}-${hash(revision * 100 + workload, 10)}-${hash(key + 7, 5)}`;
    const ip = `10.${40 + revision}.${workload}.${10 + replica}`;
    const pod = { head: `${namespaceOf(workload)} ${name} istio-proxy `, ip, port: this.#random.int(28_000) };
    this.#pods.set(key, pod);
    return pod;
  }
}

function nameOf(workload: number): string {
  return `service-${workload + 1}`;
}

function namespaceOf(workload: number): string {
  return NAMESPACES[workload % NAMESPACES.length] ?? '';
}

function nextPort(pod: Pod): number {
  pod.port = (pod.port + 1) % 28_000;
  return 32_768 + pod.port;
}

/** As `toISOString`, with the minute read once. */
function timeOf(ms: number): string {
  const minute = Math.floor(ms / 60_000);
  if (minute !== knownMinute) {
    knownMinute = minute;
    knownText = new Date(minute * 60_000).toISOString().slice(0, 17);
  }
  const rest = ms - minute * 60_000;
  return `${knownText}${String(Math.floor(rest / 1_000)).padStart(2, '0')}.${String(rest % 1_000).padStart(3, '0')}Z`;
}
let knownMinute = Number.NaN;
let knownText = '';

/** Letters as Kubernetes gives them to pods. */
function hash(seed: number, length: number): string {
  const random = new Random(seed, 'pod');
  return Array.from({ length }, () => LETTERS[random.int(LETTERS.length)] ?? '').join('');
}
