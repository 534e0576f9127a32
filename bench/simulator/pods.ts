/** Fills the workloads with pods, and replaces pods as time goes by. */
import type { Node, Pod, Role, Slot, Workload } from './model.ts';
import type { SimulationOptions } from './options.ts';
import { Random } from './random.ts';

/** Letters that Kubernetes puts at the end of generated names. */
const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
/** A container network gives an address to another pod after so many ms. */
const IP_COOLDOWN_MS = 30_000;
/** Workloads of these get more pods when there are more. */
const GROWING: ReadonlySet<Role> = new Set(['tcp', 'http', 'headless', 'peer']);

/** Two pods for each service, three more for those that call each other, the rest in turn to the others. */
export function placePods(
  workloads: readonly Workload[],
  options: SimulationOptions,
  factory: PodFactory,
): void {
  const wanted: number[] = workloads.map((workload) =>
    ['peer', 'headless'].includes(workload.role) ? 4 : 2,
  );
  const flexible = workloads.flatMap((workload, index) => (GROWING.has(workload.role) ? [index] : []));
  let left = options.pods - wanted.reduce((sum, count) => sum + count, 0);
  for (let turn = 0; left > 0; turn++, left--) {
    const index = flexible[turn % flexible.length] ?? 0;
    wanted[index] = (wanted[index] ?? 0) + 1;
  }
  for (const [index, workload] of workloads.entries()) {
    for (let n = 0; n < (wanted[index] ?? 0); n++) {
      const slot: Slot = { workload, pods: [], cursor: 0 };
      workload.slots.push(slot);
      slot.pods.push(factory.create(workload, n, Number.NEGATIVE_INFINITY));
    }
  }
}

/** Ends pods at random times and starts others in their place, some seconds later and on another node. */
export function planReplacements(
  workloads: readonly Workload[],
  options: SimulationOptions,
  factory: PodFactory,
): Pod[] {
  const random = new Random(options.seed, 'replacements');
  const span = (options.lines / options.linesPerSecond) * 1_000;
  const count = Math.round((options.replacedPerHour * span) / 3_600_000);
  const times = Array.from({ length: count }, () => options.startTime + random.next() * span).sort(
    (a, b) => a - b,
  );
  const slots = workloads.flatMap((workload) => workload.slots.map((slot, ordinal) => ({ slot, ordinal })));
  for (const time of times) {
    const { slot, ordinal } = random.pick(slots);
    const last = slot.pods.length - 1;
    const old = slot.pods[last];
    // A pod that has only just begun stays: two replacements of one place would overlap.
    if (old === undefined || old.from > time - 60_000) continue;
    slot.pods[last] = { ...old, to: time };
    factory.release(old, time);
    slot.pods.push(factory.create(slot.workload, ordinal, time + random.between(1_000, 15_000)));
  }
  const all = slots.flatMap(({ slot }) => slot.pods);
  return all.filter((pod) => pod.from >= options.startTime).sort((a, b) => a.from - b.from);
}

/** Names pods and gives them addresses; an address that was given back is used again, also by another workload. */
export class PodFactory {
  readonly #options: SimulationOptions;
  readonly #nodes: readonly Node[];
  readonly #random: Random;
  readonly #used: number[];
  readonly #released: Array<{ readonly ip: string; readonly node: Node; readonly at: number }> = [];
  #uid = 0;

  constructor(options: SimulationOptions, nodes: readonly Node[], random: Random) {
    this.#options = options;
    this.#nodes = nodes;
    this.#random = random;
    this.#used = nodes.map(() => 0);
  }

  create(workload: Workload, ordinal: number, from: number): Pod {
    const { ip, node } = this.#address(from);
    const name = workload.stateful ? `${workload.name}-${ordinal}` : this.#deploymentPod(workload);
    return {
      uid: this.#uid++,
      name,
      workload,
      node,
      ip,
      address: `${ip}:${workload.targetPort}`,
      prefix: this.#prefix(workload, name),
      from,
      to: Number.POSITIVE_INFINITY,
    };
  }

  /** A proxy of a node itself, which has the node's address and lives as long as it. */
  daemon(workload: Workload, node: Node): Pod {
    const name = `${workload.name}-${this.#letters(5, this.#random)}`;
    const { uid, prefix } = { uid: this.#uid++, prefix: this.#prefix(workload, name) };
    const life = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
    return { uid, name, workload, node, ip: node.ip, address: `${node.ip}:15008`, prefix, ...life };
  }

  release(pod: Pod, at: number): void {
    this.#released.push({ ip: pod.ip, node: pod.node, at });
  }

  #address(from: number): { ip: string; node: Node } {
    const old = this.#released[0];
    if (old !== undefined && old.at + IP_COOLDOWN_MS <= from && this.#random.chance(0.7)) {
      this.#released.shift();
      return old;
    }
    const index = this.#random.int(this.#nodes.length);
    const node = this.#nodes[index];
    if (node === undefined) throw new Error('BUG: no node');
    const count = this.#used[index] ?? 0;
    this.#used[index] = count + 1;
    return { ip: `10.${40 + Math.floor(count / 250)}.${index}.${2 + (count % 250)}`, node };
  }

  #prefix(workload: Workload, name: string): string {
    return `${this.#options.namespacePrefix ? `${workload.namespace} ` : ''}${name} istio-proxy `;
  }

  #deploymentPod(workload: Workload): string {
    const replicaSet = this.#letters(
      10,
      new Random(this.#options.seed, `${workload.namespace}/${workload.name}`),
    );
    return `${workload.name}-${replicaSet}-${this.#letters(5, this.#random)}`;
  }

  #letters(count: number, random: Random): string {
    let text = '';
    for (let i = 0; i < count; i++) text += NAME_LETTERS[random.int(NAME_LETTERS.length)];
    return text;
  }
}
