/** Learns who is who in the mesh, flow by flow. The result depends on the flows alone, not on their order or their split. */
import { type Address, formatAddress, isAutoAllocated } from '../domain/address.ts';
import { ClaimBook, findClaim, isMovingAt } from './claims.ts';
import { GatewayBook } from './gateways.ts';
import { type Grown, type LegTable, type LivingLeg, MARK } from './leg-table.ts';
import type { KnownAddress } from './legs.ts';
import { NamespaceBook } from './namespaces.ts';
import { type Entry, OwnerBook, sortOwners } from './owner-book.ts';
import type { Ownership } from './ownership.ts';
import { PassedBook } from './passed-book.ts';
import { type Pods, START_MS, type Writer } from './pods.ts';
import { ProofBook } from './proofs.ts';
import { SpreadBook, type Spreads } from './spreads.ts';
import { TakeoverBook } from './takeovers.ts';
import { ALWAYS, LegIndex, Touched } from './touched.ts';
import { VipBook } from './vips.ts';
import { WriterBook } from './writers.ts';

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
  #isBuilt = false;

  readonly pods: Pods;
  readonly spreads: Spreads;

  constructor(table: LegTable) {
    this.#table = table;
    const [writers, claims] = [this.#writers, this.#claims];
    this.pods = {
      writers: writers.writers,
      ips: claims.ips,
      claims: (ip) => claims.at(ip),
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
   * Takes in what changed. Answers the legs whose judgement may be another now.
   * Null: it changed so much that everything has to be learned anew, by another one.
   */
  take(grown: readonly Grown[]): ReadonlySet<LivingLeg> | null {
    const touched = new Touched(
      grown.map(({ leg }) => leg),
      this.#indexWith(grown),
    );
    this.#learnPods(grown, touched);
    // What follows from facts and bounds of times is told once for all legs of a shape while everything is learned.
    for (const leg of this.#spansOr(touched)) this.#noteWriter(leg, touched);
    for (const leg of touched.legs) this.#passed.note(leg);
    for (const leg of touched.legs) this.#gateways.note(leg, this.pods, touched);
    this.#learnSpreads(grown, touched);
    if (touched.isUpset) return null;
    const known = { pods: this.pods, podNetworks: this.#claims.networks, spreads: this.spreads };
    if (touched.isLiving) for (const leg of touched.legs) this.#vips.note(leg, known);
    else for (const shape of this.#table.shapes.values()) this.#vips.noteShape(shape, known);
    this.#vips.settle(touched);
    if (touched.isLiving) this.#noteClients(touched);
    else this.#learnClients(touched);
    if (touched.isUpset) return null;
    for (const leg of touched.legs) leg.judgement = undefined;
    return touched.legs;
  }

  #spansOr(touched: Touched): Iterable<LivingLeg> {
    return touched.isLiving ? touched.legs : this.#table.spans();
  }

  get legs(): readonly LivingLeg[] {
    return this.#table.legs;
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

  #indexWith(grown: readonly Grown[]): LegIndex | null {
    if (this.#index !== null) {
      for (const { leg, before } of grown) {
        if (before === null) this.#index.add(leg);
        else if (leg.flow.first < before.first || leg.flow.last > before.last) this.#index.widen(leg);
      }
    } else if (this.#isBuilt) {
      this.#index = new LegIndex();
      for (const leg of this.#table.legs) this.#index.add(leg);
    }
    this.#isBuilt = true;
    return this.#index;
  }

  #learnPods(grown: readonly Grown[], touched: Touched): void {
    const { start } = this.pods;
    for (const one of grown) this.#writers.note(one);
    if (this.pods.start < start) this.#touchStart(start, touched);
    this.#writers.settle(touched);
    for (const { leg } of grown) this.#claims.note(leg, this.#writerOf(leg));
    for (const leg of this.#writers.takeShown()) this.#claims.note(leg, this.#writerOf(leg));
    this.#claims.settle(touched, (leg) => this.#writerOf(leg));
  }

  /** The data begins earlier than it did: pods that were there at its beginning have started now. */
  #touchStart(start: number, touched: Touched): void {
    const until = start + 2 * START_MS;
    if (!touched.isLiving || start === Number.POSITIVE_INFINITY) return;
    for (const leg of this.#table.legs) {
      if (leg.flow.first >= start && leg.flow.first <= until) touched.legs.add(leg);
    }
  }

  #writerOf(leg: LivingLeg): Writer {
    const writer = this.#writers.writers.get(leg.facts.writer);
    if (writer === undefined) throw new Error('BUG: a leg without its writer');
    return writer;
  }

  #learnSpreads(grown: readonly Grown[], touched: Touched): void {
    for (const one of grown) this.#spreads.note(one, touched);
    const known = {
      pods: this.pods,
      gateways: this.gateways,
      hostsAt: (address: KnownAddress, time: number) =>
        new Set(this.#servers.near(address.key, time).map((entry) => entry.host)),
    };
    for (const leg of touched.legs) this.#proofs.note(leg, known, this.#spreads, touched);
    for (const leg of this.#spansOr(touched)) this.#takeovers.note(leg);
    this.#takeovers.settle(known, touched);
    this.#proofs.settle(touched, this.#claims.networks);
    this.#spreads.settle(touched, this.#claims.networks);
  }

  /** What lines say of their writer; of a server: the host in the inbound cluster up to Istio 1.7, the name in the SNI since. */
  #noteWriter(leg: LivingLeg, touched: Touched): void {
    const { flow, facts } = leg;
    const { local, service, sni, writer } = facts;
    if (facts.direction === 'outbound') this.#callers.add(writer);
    if (facts.direction !== 'inbound') return;
    if (this.#namespaces.note(leg)) {
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
      this.#servers.note(local, told, flow, touched);
    }
    if (sni?.host != null) {
      const told = { host: sni.host, port: sni.port, evidence: 'sni' as const, writer, answered: true };
      this.#servers.note(local, told, flow, touched);
    }
  }

  /** What clients tell about servers: only through service addresses, else a catch-all would make itself an owner. */
  #noteClients(touched: Touched): void {
    const again = new Map<string, KnownAddress>();
    for (const leg of touched.legs) {
      const tells = this.#isTeller(leg);
      if (leg.mark(MARK.client, tells) && !tells) {
        for (const address of addressesOf(leg)) again.set(address.key, address);
      }
      if (tells) for (const address of addressesOf(leg)) this.#noteClient(leg, address, touched);
    }
    for (const address of again.values()) {
      this.#clients.forget(address);
      touched.ip(address.ip, ALWAYS);
      for (const leg of touched.at(address.ip)) {
        if (leg.has(MARK.client)) this.#noteClient(leg, address, touched);
      }
    }
  }

  /** The same for all legs at once, none of which has told anything yet. */
  #learnClients(touched: Touched): void {
    for (const span of this.#table.spans()) {
      if (!this.#isTeller(span)) continue;
      for (const leg of span.of.legs) leg.mark(MARK.client, true);
      for (const address of addressesOf(span)) this.#noteClient(span, address, touched);
    }
  }

  #isTeller({ facts }: LivingLeg): boolean {
    const { local, service } = facts;
    if (!facts.client || local === null || service?.host == null || service.direction !== 'outbound')
      return false;
    return this.isVip(local.ip) && !this.spreads.isProven(facts);
  }

  #noteClient(leg: LivingLeg, address: KnownAddress, touched: Touched): void {
    const { local, upstream, service } = leg.facts;
    if (local === null || service?.host == null) return;
    const told = { host: service.host, port: service.port, writer: null, answered: !leg.facts.failed };
    if (address.key === local.key && service.port === local.port) {
      this.#clients.note(local, { ...told, evidence: 'service_address' }, leg.flow, touched);
    }
    if (upstream !== null && address.key === upstream.key && upstream.ip !== local.ip) {
      this.#clients.note(upstream, { ...told, evidence: 'endpoint' }, leg.flow, touched);
    }
  }
}

function addressesOf({ facts: { local, upstream } }: LivingLeg): KnownAddress[] {
  return [local, upstream].filter((address) => address !== null);
}

function keyOf(address: Address & { readonly key?: string }): string {
  return address.key ?? formatAddress(address);
}
