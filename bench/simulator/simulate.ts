import { Calls } from './calls.ts';
import { planChanges } from './changes.ts';
import { Delivery } from './delivery.ts';
import { callShares, linesPerCall } from './mix.ts';
import type { Pod } from './model.ts';
import {
  FORMATS,
  type GivenOptions,
  type LogFormat,
  type SimulationOptions,
  simulationOptions,
} from './options.ts';
import { hash32, Random } from './random.ts';
import { renderLine } from './render.ts';
import { Scribe } from './scribe.ts';
import { type LineRecord, type TruePair, type Truth, TruthRecorder } from './truth.ts';
import { buildWorld } from './world.ts';

/** A line as the reader gets it, without newline. Lines with one id are the same line, delivered again. */
export interface SimulatedLine {
  readonly id: number;
  readonly line: string;
  /** What is true of it, whatever the line says: who wrote it, which end it is of, and what it shows of changes. */
  readonly pod: Pod;
  readonly side: LineRecord['side'];
  readonly marks: LineRecord['marks'];
}

export interface Simulation {
  readonly options: SimulationOptions;
  /** Can be read once. */
  readonly lines: Iterable<SimulatedLine>;
  /** What is true of the lines read so far. */
  truth(): Truth;
}

/**
 * Simulates a mesh: the lines that its proxies write, in the order in which a reader gets them, and what is true of them.
 * A function of the options. `onPair` is called when the second line of a pair has been read; collecting them is left
 * to the caller, since memory grows neither with lines nor with pairs here.
 * Errors: `Error` for options out of their range, see `simulationOptions`.
 */
export function simulate(given: GivenOptions, onPair: (pair: TruePair) => void = () => {}): Simulation {
  const options = simulationOptions(given);
  const world = buildWorld(options);
  const changes = planChanges(options, world);
  const truth = new TruthRecorder(changes, onPair);
  const delivery = new Delivery(options, truth);
  const calls = new Calls(options, world, changes, new Scribe(options, delivery));
  return { options, lines: run(options, calls, delivery, truth), truth: () => truth.truth() };
}

function* run(
  options: SimulationOptions,
  calls: Calls,
  delivery: Delivery,
  truth: TruthRecorder,
): Generator<SimulatedLine> {
  const random = new Random(options.seed, 'arrivals');
  const gap = (1_000 * linesPerCall(callShares(options.scenario))) / options.linesPerSecond;
  let now = options.startTime;
  for (let left = options.lines; left > 0; ) {
    now += random.exponential(gap);
    for (let record = delivery.next(now); record !== null && left > 0; left--) {
      truth.delivered(record);
      const { id, pod, side, marks } = record;
      yield { id, line: render(options, record), pod, side, marks };
      record = left > 1 ? delivery.next(now) : null;
    }
    const kind = calls.arrive(now);
    if (kind !== null) truth.called(kind);
  }
}

function render(options: SimulationOptions, record: LineRecord): string {
  const { pod, start, duration, content } = record;
  const message =
    typeof content === 'string' ? content : renderLine(formatOf(options, pod), start, duration, content);
  return options.envelope === 'stern' ? pod.prefix + message : sternJson(pod, message);
}

/** A pod writes in one format as long as it lives. */
function formatOf({ format, otherFormatRate, seed }: SimulationOptions, { uid }: Pod): LogFormat {
  if (otherFormatRate === 0) return format;
  const drawn = hash32(`format ${uid}`, seed >>> 0);
  if (drawn / 0x1_0000_0000 >= otherFormatRate) return format;
  const others = FORMATS.filter((other) => other !== format);
  return others[uid % others.length] ?? format;
}

/** Source: stern, `Log` in its package `stern`, without the optional labels and annotations. */
function sternJson({ name, node, workload }: Pod, message: string): string {
  return JSON.stringify({
    message,
    nodeName: node.name,
    namespace: workload.namespace,
    podName: name,
    containerName: 'istio-proxy',
  });
}
