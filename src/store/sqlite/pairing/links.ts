/** The table `link`: other ends that do not lie in the same row. */
import type Database from 'better-sqlite3';
import type { PairKind } from '../../../domain/resources.ts';
import { PLAIN } from '../line-record.ts';
import type { LaterNews } from '../sums/sums.ts';
import { AS_CLIENT, AS_HOP } from './end-records.ts';
import { NONE, type PairingWindow } from './pairing-window.ts';

/** By the number in the table. */
export const LINK_KINDS = ['full', 'dnat', 'snat', 'tunnel', 'sni'] as const satisfies readonly PairKind[];
/** Kinds from here on come from half keys that leave the client's address open. */
const FIRST_LOOSE_KIND = 2;

/** Side of a line in a connection: the client's; the server's; the server's on a gateway's line, a client itself. */
export const CLIENT_SIDE = 0;
export const SERVER_SIDE = 1;
export const HOP_SIDE = 2;

export interface LinkRow {
  readonly start: number;
  readonly hash: number;
  readonly side: number;
  readonly shape: number;
  readonly kind: number;
  readonly peer_start: number | null;
  readonly peer_hash: number | null;
  readonly score: number | null;
}

export interface Links {
  /** Ties two ends of the window; what else they were tied to is untied. */
  tie(client: number, server: number, kind: PairKind, score: number): void;
  /** Notes that several ends fit this one equally well. */
  leaveOpen(slot: number, kind: PairKind): void;
  clear(slot: number): void;
  /** Learns what the table says of an end that was brought into the window. */
  restore(slot: number): void;
  /** True while no full address and no client's address says where the other end is. */
  isLoose(slot: number): boolean;
  /** How many more pairs there are since the last call. */
  takeTied(): number;
}

export function createLinks(deps: {
  readonly db: Database.Database;
  readonly flows: LaterNews;
  readonly window: () => PairingWindow;
}): Links {
  const { db, flows } = deps;
  const get = db.prepare<[number, number, number], LinkRow>(
    'SELECT * FROM link WHERE start = ? AND hash = ? AND side = ?',
  );
  const put = db.prepare('INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const getClient = db.prepare<[number, number], LinkRow>(
    'SELECT * FROM link WHERE start = ? AND hash = ? AND side = 0',
  );
  const getServer = db.prepare<[number, number], LinkRow>(
    'SELECT * FROM link WHERE start = ? AND hash = ? AND side > 0',
  );
  const drop = db.prepare('DELETE FROM link WHERE start = ? AND hash = ? AND side = ?');
  let tied = 0;

  const find = (slot: number): LinkRow | null => {
    const window = deps.window();
    if (window.linked(slot) === 0) return null;
    return get.get(window.start(slot), window.hash(slot), sideOf(slot, window)) ?? null;
  };

  /** A gateway's line counts by the server that it called, not by the client that called it. */
  const count = (row: LinkRow, sign: 1 | -1): void => {
    if (row.side === HOP_SIDE) return;
    const isTied = row.peer_start !== null;
    flows.addEnds(row.shape, row.start, isTied ? sign : 0, isTied ? 0 : sign);
  };

  const remove = (row: LinkRow): void => {
    drop.run(row.start, row.hash, row.side);
    count(row, -1);
    if (row.side === CLIENT_SIDE && row.peer_start !== null) tied--;
  };

  const add = (slot: number, kind: PairKind, peer: number, score: number | null): void => {
    const window = deps.window();
    const row: LinkRow = {
      start: window.start(slot),
      hash: window.hash(slot),
      side: sideOf(slot, window),
      shape: window.shape(slot),
      kind: LINK_KINDS.indexOf(kind),
      peer_start: peer === NONE ? null : window.start(peer),
      peer_hash: peer === NONE ? null : window.hash(peer),
      score,
    };
    put.run(row.start, row.hash, row.side, row.shape, row.kind, row.peer_start, row.peer_hash, score);
    count(row, 1);
    if (row.side === CLIENT_SIDE && row.peer_start !== null) tied++;
    window.setLinked(slot, 1 + row.kind);
  };

  const clear = (slot: number): void => {
    const row = find(slot);
    deps.window().setLinked(slot, 0);
    if (row === null) return;
    remove(row);
    if (row.peer_start === null || row.peer_hash === null) return;
    const peer = (row.side === CLIENT_SIDE ? getServer : getClient).get(row.peer_start, row.peer_hash);
    if (peer !== undefined) remove(peer);
  };

  return {
    tie(client, server, kind, score) {
      const window = deps.window();
      const row = find(client);
      const isThere =
        row !== null &&
        row.kind === LINK_KINDS.indexOf(kind) &&
        row.peer_start === window.start(server) &&
        row.peer_hash === window.hash(server);
      if (isThere) {
        window.setLinked(server, 1 + row.kind);
        return;
      }
      clear(client);
      clear(server);
      const rounded = Math.round(score * 100) / 100;
      add(client, kind, server, rounded);
      add(server, kind, client, rounded);
    },
    leaveOpen(slot, kind) {
      const row = find(slot);
      if (row !== null && row.peer_start === null && row.kind === LINK_KINDS.indexOf(kind)) return;
      clear(slot);
      add(slot, kind, NONE, null);
    },
    clear,
    restore(slot) {
      const window = deps.window();
      const row = get.get(window.start(slot), window.hash(slot), sideOf(slot, window));
      window.setLinked(slot, row === undefined ? 0 : 1 + row.kind);
    },
    isLoose(slot) {
      const window = deps.window();
      if (window.anchor(slot) === 0 || window.standing(slot) !== PLAIN) return false;
      if (window.mate(slot) !== NONE) return false;
      const linked = window.linked(slot);
      if (window.client(slot) === 0) return true;
      return linked === 0 || linked > FIRST_LOOSE_KIND;
    },
    takeTied() {
      const result = tied;
      tied = 0;
      return result;
    },
  };
}

function sideOf(slot: number, window: PairingWindow): number {
  if (window.is(slot, AS_CLIENT)) return CLIENT_SIDE;
  return window.is(slot, AS_HOP) ? HOP_SIDE : SERVER_SIDE;
}
