/** Who calls and who answers: the busier pods and services more often. */
import { type Pod, podAt, type Slot, type Workload, type World } from './model.ts';
import { Random, WeightedIndex, zipfWeights } from './random.ts';

export class Actors {
  readonly world: World;
  readonly random: Random;
  readonly #clients: WeightedIndex;
  readonly #services: WeightedIndex;
  readonly #peerCallers: readonly Slot[];

  constructor(seed: number, world: World) {
    this.world = world;
    this.random = new Random(seed, 'actors');
    this.#clients = new WeightedIndex(zipfWeights(world.clients.length, 0.8));
    this.#services = new WeightedIndex(zipfWeights(world.tcp.length, 0.8));
    this.#peerCallers = [...world.peers.slots, ...world.peers.slots, ...world.peerClients];
  }

  /** Any pod that opens connections. Null, here and below: the pod that was drawn is just being replaced. */
  client(now: number): Pod | null {
    const slot = this.world.clients[this.#clients.draw(this.random)];
    return slot === undefined ? null : podAt(slot, now);
  }

  peerCaller(now: number): Pod | null {
    return podAt(this.random.pick(this.#peerCallers), now);
  }

  /** A service that is called by its virtual address. */
  service(): Workload {
    return this.world.tcp[this.#services.draw(this.random)] ?? this.world.neighbour;
  }

  /** Such a service, but never the one that a scenario removes. */
  lastingService(): Workload {
    return this.random.pick(this.world.tcp.slice(1));
  }

  endpoint(workload: Workload, now: number): Pod | null {
    return podAt(this.random.pick(workload.slots), now);
  }
}
