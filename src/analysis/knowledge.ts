/** Learns who is who in the mesh, flow by flow. The result depends on the flows alone, not on their order or their split. */
import { type Address, formatAddress, isAutoAllocated } from '../domain/address.ts';
import { ClaimBook, findClaim, isMovingAt } from './claims.ts';
import { GatewayBook } from './gateways.ts';
import { MARK } from './leg-numbers.ts';
import type { Span } from './leg-rows.ts';
import type { Grown, LegTable } from './leg-table.ts';
import type { Facts, KnownAddress } from './legs.ts';
import type { LivingLeg, LivingShape } from './living-shape.ts';
import { NamespaceBook } from './namespaces.ts';
import { type Entry, OwnerBook, sortOwners } from './owner-book.ts';
import type { Ownership } from './ownership.ts';
import { PassedBook } from './passed-book.ts';
import { type Pods, START_MS, type Writer } from './pods.ts';
import { ProofBook } from './proofs.ts';
import { SpreadBook, type Spreads, type SpreadsKnown } from './spreads.ts';
import { TakeoverBook } from './takeovers.ts';
import { ALWAYS, LegIndex, Touched } from './touched.ts';
import { VipBook, type VipsKnown } from './vips.ts';
import { WriterBook } from './writers.ts';

/** Start times of connections. */
type Times = Pick<Span, 'first' | 'last'>;

/**
 * The steps build on each other, and none on a later one: writers, their addresses, what servers say of themselves,
 * gateways, what clusters take, service addresses, what clients tell through them. Each step looks again at the legs that
 * changed and at those that rest on what an earlier step learned anew.
 */
export class Knowledge implements Ownership {
  readonly #table: LegTable;
  readonly #writers = new WriterBook();
  readonly #claims = new ClaimBook();
  /** By servers' own lines, and by clients that went through a service's address. */
  readonly #servers = new OwnerBook();
  readonly #clients = new OwnerBook();
  readonly #namespaces = new NamespaceBook();
  readonly #gateways = new GatewayBook();
  readonly #spreads = new SpreadBook();
  readonly #proofs = new ProofBook();
  readonly #takeovers = new TakeoverBook();
  readonly #vips = new VipBook();
  readonly #passed = new PassedBook();
  readonly #callers = new Set<string>();
  /** Made with the first update: whoever asks once needs none. */
  #index: LegIndex | null = null;

  readonly pods: Pods;
  readonly spreads: Spreads;

  constructor(table: LegTable) {
    this.#table = table;
    const [writers, claims] = [this.#writers, this.#claims];
    this.pods = {
      writers: writers.writers,
      ips: claims.ips,
      claims: (ip) => claims.at(ip),
      isSteady: (ip, from, to) => claims.isSteady(ip, from, to),
      claimAt: (ip, time) => findClaim(claims.at(ip), time),
      isMoving: (ip, time) => isMovingAt(claims.at(ip), time),
      get start() {
        return writers.start;
      },
    };
    this.spreads = {
      isProven: (facts) => this.#proofs.isProven(facts) || this.#takeovers.isProven(facts),
      isMixed: (facts) => this.#proofs.isMixed(facts),
      isSilent: (facts) => !this.#takeovers.isAnswered(facts),
      isWide: (facts) => this.#spreads.isWide(facts),
      isShared: (facts) => this.#spreads.isShared(facts),
      isProxy: (facts) => this.#spreads.isProxy(facts),
    };
  }

  /**
   * Learns everything there is, shape by shape: nothing was learned before. What is alike for all legs of a shape is told once.
   */
  learn(): void {
    const touched = new Touched([], null);
    const shapes = [...this.#table.shapes.values()];
    for (const shape of shapes) this.#writers.noteShape(shape, shape.span, true);
    this.#writers.settle(touched);
    for (const shape of shapes) this.#claims.noteShape(shape, this.#writerOf(shape));
    for (const shape of this.#writers.takeShown()) this.#claims.noteShape(shape, this.#writerOf(shape));
    this.#claims.settle(touched, (shape) => this.#writerOf(shape));
    for (const shape of shapes) {
      this.#noteWriter(shape.facts, shape.span, touched);
      this.#passed.note(shape);
    }
    for (const shape of shapes) this.#gateways.noteShape(shape, this.pods, touched);
    for (const shape of shapes) this.#spreads.noteShape(shape, shape.span, touched);
    const known = this.#spreadsKnown();
    for (const shape of shapes)
      this.#proofs.noteShape(shape, () => this.isSteady(shape), known, this.#spreads, touched);
    for (const shape of shapes) this.#takeovers.note(shape.facts, shape.span);
    this.#settleSpreads(known, touched);
    const vipsKnown = this.#vipsKnown();
    for (const shape of shapes) this.#vips.noteShape(shape, vipsKnown);
    this.#vips.settle(touched);
    for (const shape of shapes) this.#learnClient(shape, touched);
  }

  /**
   * Takes in what changed. Answers the legs whose judgement may be another now.
   * Null: it changed so much that everything has to be learned anew, by another one.
   */
  take(grown: readonly Grown[]): ReadonlySet<LivingLeg> | null {
    const touched = new Touched(
      grown.map(({ leg }) => leg),
      this.#indexWith(grown),
    );
    this.#learnPods(grown, touched);
    for (const leg of touched.legs) this.#noteWriter(leg.facts, leg, touched);
    for (const leg of touched.legs) this.#passed.note(leg.of);
    for (const leg of touched.legs) this.#gateways.note(leg, this.pods, touched);
    for (const { leg } of grown) this.#spreads.note(leg, touched);
    const known = this.#spreadsKnown();
    for (const leg of touched.legs) this.#proofs.note(leg, known, this.#spreads, touched);
    for (const leg of touched.legs) this.#takeovers.note(leg.facts, leg);
    this.#settleSpreads(known, touched);
    if (touched.isUpset) return null;
    const vipsKnown = this.#vipsKnown();
    for (const leg of touched.legs) this.#vips.note(leg, vipsKnown);
    this.#vips.settle(touched);
    this.#noteClients(touched);
    if (touched.isUpset) return null;
    for (const leg of touched.legs) leg.judgement = undefined;
    return touched.legs;
  }

  /** True when who is who at the addresses of a shape is the same at the times of all its legs, and so is what is judged of them. */
  isSteady(shape: LivingShape): boolean {
    const { local, upstream, remoteIp } = shape.facts;
    // Where it matters which owner was the first, legs of one shape differ.
    if (upstream !== null && this.isServiceLike(upstream.ip) && this.spreads.isSilent(shape.facts))
      return false;
    const { first, last } = shape.span;
    for (const ip of [local?.ip, upstream?.ip, remoteIp])
      if (ip != null && !this.#claims.isSteady(ip, first, last)) return false;
    if (local === null) return true;
    return [this.#servers, this.#clients].every((book) => book.isSteady(local.key, first, last));
  }

  get shapes(): Iterable<LivingShape> {
    return this.#table.shapes.values();
  }

  get gateways(): ReadonlySet<string> {
    return this.#gateways.hosts;
  }

  isVip(ip: string): boolean {
    return this.#vips.has(ip) || isAutoAllocated(ip);
  }

  isPodLike(ip: string): boolean {
    return !this.#claims.ips.has(ip) && !this.isVip(ip) && this.#claims.networks.holds(ip);
  }

  isServiceLike(ip: string): boolean {
    return this.#vips.networks.holds(ip) && !this.#claims.networks.holds(ip);
  }

  /** What a server said of itself counts only while its pod has the address. */
  ownersAt(address: Address, time: number): ReturnType<Ownership['ownersAt']> {
    const key = keyOf(address);
    const near = [...this.#servers.near(key, time), ...this.#clients.near(key, time)];
    if (near.length === 0) return near;
    const holder = this.pods.claimAt(address.ip, time)?.writer.key ?? null;
    const isHeld = ({ writer }: Entry) => writer === null || holder === null || writer === holder;
    return sortOwners(near.filter(isHeld));
  }

  owners(address: Address): ReturnType<Ownership['owners']> {
    const key = keyOf(address);
    return sortOwners([...this.#servers.all(key), ...this.#clients.all(key)]);
  }

  addressesOf(ip: string): readonly Address[] {
    const ports = new Set([...this.#servers.portsOf(ip), ...this.#clients.portsOf(ip)]);
    return [...ports].sort((a, b) => a - b).map((port) => ({ ip, port }));
  }

  namespaceOf(writer: string): string | null {
    return this.pods.writers.get(writer)?.source.namespace ?? this.#namespaces.of(writer);
  }

  firstPassedTo(addresses: Iterable<string>): ReturnType<Ownership['firstPassedTo']> {
    return this.#passed.firstTo(addresses);
  }

  /** True when a writer's log has any line of a call that the pod made. */
  logsCalls(writer: string): boolean {
    return this.#callers.has(writer);
  }

  #indexWith(grown: readonly Grown[]): LegIndex {
    if (this.#index === null) {
      this.#index = new LegIndex();
      for (const shape of this.#table.shapes.values()) this.#index.add(shape);
      return this.#index;
    }
    for (const { leg, before } of grown) {
      // The first of its shape.
      if (before === null && leg.place === 0) this.#index.add(leg.of);
      else this.#index.widen(leg);
    }
    return this.#index;
  }

  #learnPods(grown: readonly Grown[], touched: Touched): void {
    const { start } = this.pods;
    for (const one of grown) this.#writers.note(one);
    if (this.pods.start < start) this.#touchStart(start, touched);
    this.#writers.settle(touched);
    for (const { leg } of grown) this.#claims.note(leg, this.#writerOf(leg.of));
    for (const shape of this.#writers.takeShown())
      for (const leg of shape.legs) this.#claims.note(leg, this.#writerOf(shape));
    this.#claims.settle(touched, (shape) => this.#writerOf(shape));
  }

  /** The data begins earlier than it did: pods that were there at its beginning have started now. */
  #touchStart(start: number, touched: Touched): void {
    const until = start + 2 * START_MS;
    for (const shape of this.#table.shapes.values())
      shape.each((leg) => {
        if (leg.first >= start && leg.first <= until) touched.legs.add(shape.hold(leg.place));
      });
  }

  #writerOf({ facts }: LivingShape): Writer {
    const writer = this.#writers.writers.get(facts.writer);
    if (writer === undefined) throw new Error('BUG: a leg without its writer');
    return writer;
  }

  #spreadsKnown(): SpreadsKnown {
    return {
      pods: this.pods,
      gateways: this.gateways,
      hostsAt: (address, time) => new Set(this.#servers.near(address.key, time).map((entry) => entry.host)),
    };
  }

  #settleSpreads(known: SpreadsKnown, touched: Touched): void {
    this.#takeovers.settle(known, touched);
    this.#proofs.settle(touched, this.#claims.networks);
    this.#spreads.settle(touched, this.#claims.networks);
  }

  #vipsKnown(): VipsKnown {
    return { pods: this.pods, podNetworks: this.#claims.networks, spreads: this.spreads };
  }

  /** What lines say of their writer; of a server: the host in the inbound cluster up to Istio 1.7, the name in the SNI since. */
  #noteWriter(facts: Facts, times: Times, touched: Touched): void {
    const { local, service, sni, writer } = facts;
    if (facts.direction === 'outbound') this.#callers.add(writer);
    if (facts.direction !== 'inbound') return;
    if (this.#namespaces.note(facts)) {
      for (const ip of this.pods.writers.get(writer)?.ips ?? []) touched.ip(ip, ALWAYS);
    }
    if (local === null) return;
    if (service?.host != null) {
      const told = {
        host: service.host,
        port: service.port,
        evidence: 'inbound_cluster' as const,
        writer,
        answered: true,
      };
      this.#servers.note(local, told, times, touched);
    }
    if (sni?.host != null) {
      const told = { host: sni.host, port: sni.port, evidence: 'sni' as const, writer, answered: true };
      this.#servers.note(local, told, times, touched);
    }
  }

  /** What clients tell about servers: only through service addresses, else a catch-all would make itself an owner. */
  #noteClients(touched: Touched): void {
    const again = new Map<string, KnownAddress>();
    for (const leg of touched.legs) {
      const { facts } = leg;
      const tells = this.#isTeller(facts);
      if (leg.mark(MARK.client, tells) && !tells) {
        for (const address of addressesOf(facts)) again.set(address.key, address);
      }
      if (tells) for (const address of addressesOf(facts)) this.#noteClient(facts, leg, address, touched);
    }
    for (const address of again.values()) {
      this.#clients.forget(address);
      touched.ip(address.ip, ALWAYS);
      for (const leg of touched.at(address.ip)) {
        if (leg.has(MARK.client)) this.#noteClient(leg.facts, leg, address, touched);
      }
    }
  }

  /** The same of all legs of a shape, which have told nothing yet. */
  #learnClient(shape: LivingShape, touched: Touched): void {
    const { facts } = shape;
    if (!this.#isTeller(facts)) return;
    shape.markAll(MARK.client);
    for (const address of addressesOf(facts)) this.#noteClient(facts, shape.span, address, touched);
  }

  #isTeller(facts: Facts): boolean {
    const { local, service } = facts;
    if (!facts.client || local === null || service?.host == null || service.direction !== 'outbound')
      return false;
    return this.isVip(local.ip) && !this.spreads.isProven(facts);
  }

  #noteClient(facts: Facts, times: Times, address: KnownAddress, touched: Touched): void {
    const { local, upstream, service } = facts;
    if (local === null || service?.host == null) return;
    const told = { host: service.host, port: service.port, writer: null, answered: !facts.failed };
    if (address.key === local.key && service.port === local.port) {
      this.#clients.note(local, { ...told, evidence: 'service_address' }, times, touched);
    }
    if (upstream !== null && address.key === upstream.key && upstream.ip !== local.ip) {
      this.#clients.note(upstream, { ...told, evidence: 'endpoint' }, times, touched);
    }
  }
}

function addressesOf({ local, upstream }: Facts): KnownAddress[] {
  return [local, upstream].filter((address) => address !== null);
}

function keyOf(address: Address & { readonly key?: string }): string {
  return address.key ?? formatAddress(address);
}
