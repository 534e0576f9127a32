/**
 * An incident of the kind that Meshwake was made for, invented: three pods of one workload call each other by pod IP on
 * a port that nobody declared, until another team's ExternalName service on the same port catches all of it.
 */
import { type AccessLogEntry, EMPTY_ENTRY } from '../../src/domain/entry.ts';
import { renderLine } from '../../src/parse/render.ts';

/** One line of a pod's proxy: when it was written, by whom, and what it says. */
export interface Written {
  /** Ms since the epoch. */
  readonly at: number;
  readonly pod: Pod;
  readonly message: string;
  /** Null for what is no access line. */
  readonly entry: AccessLogEntry | null;
}

export interface Pod {
  readonly name: string;
  readonly ip: string;
}

export const NAMESPACE = 'harvest';
export const FORMAT = 'istio-text-1.3';
const PORT = 5701;
const HOST = 'planner.harvest.svc.cluster.local';
const VIP = '10.0.48.30';
const CULPRIT_CLUSTER = `outbound|${PORT}||grid-ext.billing.svc.cluster.local`;
const CULPRIT_HOST = `10.0.91.7:${PORT}`;

const PODS = [
  { name: 'planner-6c9f7d8b5d-k2v9x', ip: '10.36.0.14' },
  { name: 'planner-6c9f7d8b5d-m7tqd', ip: '10.36.1.9' },
  { name: 'planner-6c9f7d8b5d-zr4wn', ip: '10.36.2.21' },
] as const satisfies readonly Pod[];
const [FIRST, SECOND, THIRD] = PODS;

/** The lines of the incident, in the order in which the proxies wrote them. */
export function incident(): Written[] {
  const story = new Story();
  story.agent('09:10:02.114', FIRST, 'info\tEnvoy proxy is ready');
  story.agent('09:10:02.871', SECOND, 'info\tEnvoy proxy is ready');
  story.agent('09:10:03.409', THIRD, 'info\tEnvoy proxy is ready');
  story.throughService('09:12:27.346', FIRST, FIRST, { bytes: [9, 0], duration: 511, gap: 0 });
  story.throughService('09:12:29.640', SECOND, FIRST, { bytes: [412, 388], duration: 120, gap: 1 });
  story.throughService('09:12:31.002', THIRD, SECOND, { bytes: [412, 391], duration: 97, gap: 2 });
  ring(story, '09:14:05.300', 6);
  story.proxy(
    '09:21:44.020',
    SECOND,
    '[info][main] [external/envoy/source/server/drain_manager_impl.cc:63] shutting down parent after drain',
  );
  ring(story, '09:24:40.115', 6);
  story.byIp('09:31:12.204', SECOND, THIRD, { bytes: [9, 0], duration: 2093, gap: 1002 });
  story.agent('09:31:51.300', FIRST, 'info\tsds\tresource:default pushed key/cert pair to proxy');
  captured(story, '09:32:24.655', 7);
  story.throughService('09:36:10.410', SECOND, FIRST, { bytes: [412, 389], duration: 118, gap: 1 });
  captured(story, '09:38:02.918', 7);
  story.agent(
    '09:46:30.006',
    THIRD,
    'warning\tenvoy config\tStreamAggregatedResources gRPC config stream closed: 13,',
  );
  ring(story, '09:47:15.730', 6);
  story.throughService('09:50:00.201', THIRD, FIRST, { bytes: [412, 390], duration: 101, gap: 0 });
  ring(story, '09:51:33.480', 3);
  return story.lines();
}

/** Every pod calls its two peers by IP, in turn. */
function ring(story: Story, from: string, calls: number): void {
  for (const [start, source, target, n] of turns(from, calls)) {
    story.byIp(start, source, target, {
      bytes: [540 + 7 * n, 610 + 11 * n],
      duration: 38 + 5 * n,
      gap: n % 3,
    });
  }
}

/** The same calls, each sent to the other team's service, where nobody answers. */
function captured(story: Story, from: string, calls: number): void {
  for (const [start, source, target, n] of turns(from, calls))
    story.captured(start, source, target, 1000 + (n % 2));
}

function turns(from: string, calls: number): [start: string, source: Pod, target: Pod, n: number][] {
  const first = clock(from);
  return Array.from({ length: calls }, (_, n) => {
    const source = PODS[n % 3] ?? FIRST;
    const target = PODS[(n + 1 + (n % 2)) % 3] ?? SECOND;
    const start = new Date(first + n * 21_370).toISOString().slice(11, 23);
    return [start, source, target === source ? SECOND : target, n];
  });
}

interface Traffic {
  /** Received from and sent to the downstream. */
  readonly bytes: readonly [number, number];
  /** Ms, on the client's side. */
  readonly duration: number;
  /** Ms by which the server's proxy started later. */
  readonly gap: number;
}

class Story {
  readonly #lines: Written[] = [];
  #port = 40_110;

  lines(): Written[] {
    return [...this.#lines].sort((a, b) => a.at - b.at);
  }

  /** A call to the service's own address. */
  throughService(start: string, source: Pod, target: Pod, traffic: Traffic): void {
    const named = {
      cluster: `outbound|${PORT}||${HOST}`,
      dialled: `${VIP}:${PORT}`,
      sni: `outbound_.${PORT}_._.${HOST}`,
    };
    this.#call(start, source, target, traffic, named);
  }

  /** A call to a pod's address, which no service of the mesh covers. */
  byIp(start: string, source: Pod, target: Pod, traffic: Traffic): void {
    const dialled = `${target.ip}:${PORT}`;
    this.#call(start, source, target, traffic, { cluster: 'PassthroughCluster', dialled, sni: null });
  }

  /** A call to a pod's address that another listener takes. */
  captured(start: string, source: Pod, target: Pod, duration: number): void {
    this.#access(source, {
      start_time: clock(start),
      response_flags: ['UF', 'URX'],
      bytes_received: 0,
      bytes_sent: 0,
      duration,
      upstream_host: CULPRIT_HOST,
      upstream_cluster: CULPRIT_CLUSTER,
      downstream_local_address: `${target.ip}:${PORT}`,
      downstream_remote_address: `${source.ip}:${this.#nextPort()}`,
    });
  }

  /** A line of pilot-agent. */
  agent(time: string, pod: Pod, text: string): void {
    const stamp = `${new Date(clock(time)).toISOString().slice(0, -1)}417Z`;
    this.#lines.push({ at: clock(time), pod, message: `${stamp}\t${text}`, entry: null });
  }

  /** A line of Envoy's own log, as the agent of that time relays it. */
  proxy(time: string, pod: Pod, text: string): void {
    const stamp = new Date(clock(time)).toISOString().replace('T', ' ').slice(0, -1);
    this.#lines.push({
      at: clock(time),
      pod,
      message: `[Envoy (Epoch 0)] [${stamp}][19]${text}`,
      entry: null,
    });
  }

  #call(
    start: string,
    source: Pod,
    target: Pod,
    traffic: Traffic,
    route: { readonly cluster: string; readonly dialled: string; readonly sni: string | null },
  ): void {
    const between = `${source.ip}:${this.#nextPort()}`;
    const counts = { response_flags: [], bytes_received: traffic.bytes[0], bytes_sent: traffic.bytes[1] };
    this.#access(source, {
      ...counts,
      start_time: clock(start),
      duration: traffic.duration,
      upstream_host: `${target.ip}:${PORT}`,
      upstream_cluster: route.cluster,
      upstream_local_address: between,
      downstream_local_address: route.dialled,
      downstream_remote_address: `${source.ip}:${this.#nextPort()}`,
    });
    this.#access(target, {
      ...counts,
      start_time: clock(start) + traffic.gap,
      duration: Math.max(0, traffic.duration - traffic.gap),
      upstream_host: `127.0.0.1:${PORT}`,
      upstream_cluster: `inbound|${PORT}|tcp-members|${HOST}`,
      upstream_local_address: `127.0.0.1:${this.#nextPort()}`,
      downstream_local_address: `${target.ip}:${PORT}`,
      downstream_remote_address: between,
      requested_server_name: route.sni,
    });
  }

  #access(
    pod: Pod,
    fields: Partial<AccessLogEntry> & { readonly start_time: number; readonly duration: number },
  ): void {
    const entry: AccessLogEntry = { ...TCP, ...fields };
    const message = renderLine(FORMAT, entry);
    if (message === null) throw new Error(`BUG: ${FORMAT} cannot be rendered`);
    this.#lines.push({ at: entry.start_time + fields.duration, pod, message, entry });
  }

  /** Ports as a kernel hands them out: rising, with steps. */
  #nextPort(): number {
    this.#port += 2 + (this.#port % 7) * 2;
    return this.#port;
  }
}

function clock(time: string): number {
  return Date.parse(`2020-09-14T${time}Z`);
}

/** What a line of a TCP connection has in common with every other. */
const TCP: AccessLogEntry = {
  ...EMPTY_ENTRY,
  response_code: 0,
  bytes_received: 0,
  bytes_sent: 0,
  duration: 0,
};
