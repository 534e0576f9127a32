/** What can be simulated, and with which figures. */
import { isForSpeed } from './for-speed.ts';
import { servicesMin } from './services.ts';

export const SCENARIOS = [
  'quiet',
  'failing_capture',
  'silent_capture',
  'recovery',
  'registry_only',
  'service_removed',
  'adoption',
  'all_in_turn',
  'throughput',
  'http_throughput',
] as const;
/**
 * `quiet`: nothing changes, everything that looks like a change is there. `failing_capture`: a catch-all listener takes
 * calls by pod address, and connecting fails. `silent_capture`: the same, and another workload answers.
 * `recovery`: a silent capture that ends. `registry_only`: unknown destinations are blocked.
 * `service_removed`: a service's address loses its listener. `adoption`: calls by pod address get listeners of
 * their own, which is an improvement. `all_in_turn`: each of these after the other. `throughput`: much traffic
 * of few kinds, for measuring speed; `http_throughput`: requests alone, for the same.
 */
export type Scenario = (typeof SCENARIOS)[number];

export const FORMATS = ['istio-1.3', 'istio-1.9', 'istio-json'] as const;
/** `istio-1.3`: text of Istio 1.3 to 1.7; `istio-1.9`: text of 1.10 and later; `istio-json`: JSON of 1.25 and later. */
export type LogFormat = (typeof FORMATS)[number];

export const ENVELOPES = ['stern', 'stern-json'] as const;
/** `stern`: its default output, `POD CONTAINER MESSAGE`; `stern-json`: its output `json`, an object a line. */
export type Envelope = (typeof ENVELOPES)[number];

export interface SimulationOptions {
  /** Any integer; decides everything that is random. */
  readonly seed: number;
  readonly scenario: Scenario;
  readonly format: LogFormat;
  readonly envelope: Envelope;
  /** Share of pods that write in another of the formats than `format`, though they behave as `format` does. */
  readonly otherFormatRate: number;
  /** Lines written, duplicates and the proxies' own messages included. */
  readonly lines: number;
  /** Of the mesh's own time. */
  readonly linesPerSecond: number;
  readonly pods: number;
  readonly services: number;
  readonly nodes: number;
  /** Size of the range of client ports; even ones are used first, as Linux does. */
  readonly ephemeralPorts: number;
  /** Clocks of the nodes are off by up to so many ms, either way. */
  readonly skewMs: number;
  /** Nodes whose clocks are off by 3 s beside that. */
  readonly brokenClocks: number;
  /** Share of pods whose lines all come minutes late for some time, because their reader was away. */
  readonly outageRate: number;
  /** Share of lines that are never delivered. */
  readonly lossRate: number;
  /** Share of lines delivered again because the reader reconnects. */
  readonly duplicateRate: number;
  /** Share of lines that are held up for 5 to 90 s. */
  readonly lateRate: number;
  /** Pods replaced in an hour of the mesh's time. */
  readonly replacedPerHour: number;
  /** Share of arrivals at which a proxy writes a message of its own that is no access log. */
  readonly messageRate: number;
  /** Whether lines begin with the namespace, as stern prints them when it follows several. */
  readonly namespacePrefix: boolean;
  /** When the mesh's time begins: ms since the epoch. */
  readonly startTime: number;
}

export type GivenOptions = Partial<SimulationOptions> & Pick<SimulationOptions, 'seed' | 'scenario'>;

const COMMON = {
  format: 'istio-1.9',
  envelope: 'stern',
  otherFormatRate: 0,
  lines: 20_000,
  linesPerSecond: 10,
  pods: 84,
  services: 30,
  nodes: 6,
  ephemeralPorts: 28_232,
  skewMs: 20,
  brokenClocks: 0,
  outageRate: 0,
  lossRate: 0.01,
  duplicateRate: 0.005,
  lateRate: 0.02,
  replacedPerHour: 40,
  messageRate: 0.002,
  namespacePrefix: true,
  startTime: Date.UTC(2026, 2, 2, 6),
} as const;

/** The figures of the published comparison with other tools: see docs/benchmarks.md. */
const THROUGHPUT = {
  ...COMMON,
  format: 'istio-1.3',
  linesPerSecond: 200,
  pods: 200,
  services: 60,
  nodes: 20,
  lossRate: 0,
  duplicateRate: 0,
  messageRate: 0,
  replacedPerHour: 0,
  namespacePrefix: false,
} as const;

/**
 * Fills in what was not given.
 * Errors: `Error` when the mesh is too small for the scenarios, or a figure is out of its range.
 */
export function simulationOptions(given: GivenOptions): SimulationOptions {
  const defaults = isForSpeed(given.scenario) ? THROUGHPUT : COMMON;
  const options: SimulationOptions = { ...defaults, ...given };
  const services = servicesMin(options.scenario);
  check(options.services >= services, `services: at least ${services}`);
  check(options.pods >= 2 * options.services, 'pods: at least two for each service');
  check(options.nodes >= 1 && options.nodes <= 200, 'nodes: 1 to 200');
  check(options.pods <= 200 * options.nodes, 'pods: at most 200 on each node');
  check(options.ephemeralPorts >= 100 && options.ephemeralPorts <= 32_000, 'ephemeralPorts: 100 to 32000');
  check(options.brokenClocks <= options.nodes, 'brokenClocks: at most all nodes');
  for (const rate of ['lossRate', 'duplicateRate', 'lateRate', 'messageRate', 'outageRate'] as const) {
    check(options[rate] >= 0 && options[rate] <= 0.5, `${rate}: 0 to 0.5`);
  }
  check(options.otherFormatRate >= 0 && options.otherFormatRate <= 1, 'otherFormatRate: 0 to 1');
  check(options.replacedPerHour >= 0, 'replacedPerHour: not less than 0');
  check(options.linesPerSecond > 0, 'linesPerSecond: more than 0');
  return options;
}

function check(holds: boolean, expected: string): void {
  if (!holds) throw new Error(`cannot simulate this mesh; expected ${expected}`);
}
