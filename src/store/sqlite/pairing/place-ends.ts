/** Puts the lines of a batch into the pairing window, as the ends of connections that they are. */
import { NO_PORT } from '../../../domain/address.ts';
import { ABSENT, type LineBatch } from '../line-batch.ts';
import type { CodedShape } from '../shape-coder.ts';
import {
  ANCHOR,
  BY_NAME,
  CLIENT,
  FLAGS,
  HAS_HOP,
  HOP_ANCHOR,
  HOP_BY_NAME,
  HOP_CLIENT,
  HOP_SERVER,
  IS_BLIND,
  IS_CLIENT,
  IS_HTTP,
  IS_SERVER,
  IS_TUNNEL,
  IS_UNORDERED,
  OWN,
  SERVER,
} from '../shape-codes.ts';
import type { Shapes } from '../shapes.ts';
import { type NewEnd, NONE, type PairingWindow } from './pairing-window.ts';

/** Gives a line of the batch its slots: `batch.slot` and, on a gateway's line, `batch.hop`; NONE where it is no end. */
export type PlaceEnds = (index: number, shape: number, row: number) => void;

export function createPlaceEnds(deps: {
  readonly batch: LineBatch;
  readonly shapes: Shapes;
  readonly window: () => PairingWindow;
}): PlaceEnds {
  const { batch, shapes } = deps;
  const { codes } = shapes;
  /** The end that is being added: one object for all, as this is done for every line. */
  const next: { -readonly [key in keyof NewEnd]: NewEnd[key] } = {
    shape: 0,
    blind: false,
    isHttp: false,
    isUnordered: false,
    client: 0,
    clientPort: 0,
    server: 0,
    anchor: 0,
    own: 0,
    request: 0,
    isClient: false,
    isHop: false,
    row: NONE,
  };

  /** Puts a line into the window as an end of a connection; its slot or NONE. `at`: its shape in `codes`. */
  const addOwn = (index: number, at: number, request: number): number => {
    const { data } = codes;
    const flags = data[at + FLAGS] ?? 0;
    const isClient = (flags & IS_CLIENT) !== 0;
    const port = isClient ? batch.upstreamLocalPort[index] : batch.downstreamRemotePort[index];
    next.isHop = false;
    next.isClient = (flags & IS_SERVER) === 0;
    if ((flags & (IS_CLIENT | IS_SERVER)) !== 0 && port !== undefined && port !== NO_PORT) {
      next.server = data[at + SERVER] ?? 0;
      next.anchor = data[at + ANCHOR] ?? 0;
      return addEnd(index, data[at + CLIENT] ?? 0, port, (flags & BY_NAME) !== 0, request);
    }
    if ((flags & IS_TUNNEL) === 0 || !isTelling(index)) return NONE;
    next.client = 0;
    next.clientPort = 0;
    next.server = data[at + ANCHOR] ?? 0;
    next.anchor = next.server;
    next.own = data[at + OWN] ?? 0;
    next.request = request;
    return deps.window().add(batch, index, next);
  };

  /** The same for a gateway's line as the server's end of the hop before. */
  const addHop = (index: number, at: number, request: number): number => {
    const { data } = codes;
    const port = batch.downstreamRemotePort[index];
    if (port === undefined || port === NO_PORT) return NONE;
    next.isHop = true;
    next.isClient = false;
    next.server = data[at + HOP_SERVER] ?? 0;
    next.anchor = data[at + HOP_ANCHOR] ?? 0;
    const isByName = ((data[at + FLAGS] ?? 0) & HOP_BY_NAME) !== 0;
    return addEnd(index, data[at + HOP_CLIENT] ?? 0, port, isByName, request);
  };

  /** `next` has its server and its anchor already. */
  const addEnd = (
    index: number,
    client: number,
    port: number,
    isByName: boolean,
    request: number,
  ): number => {
    next.own = client;
    if (next.isHttp && request === 0) {
      next.client = 0;
      next.clientPort = 0;
      next.anchor = next.server;
      next.request = tupleHash(client, port);
    } else {
      next.client = client;
      next.clientPort = port;
      if (!isByName && !isTelling(index)) next.anchor = 0;
      next.request = request;
    }
    return deps.window().add(batch, index, next);
  };

  /** True when the bytes of a line may tell it from others. */
  const isTelling = (index: number): boolean => {
    if (next.blind) return false;
    const received = batch.received[index] ?? ABSENT;
    const sent = batch.sent[index] ?? ABSENT;
    return received >= 0 && sent >= 0 && received + sent > 0;
  };

  return (index, shape, row) => {
    const at = shapes.place(shape);
    const { data } = codes;
    const flags = data[at + FLAGS] ?? 0;
    next.shape = shape;
    next.blind = (flags & IS_BLIND) !== 0;
    next.isHttp = (flags & IS_HTTP) !== 0;
    next.isUnordered = (flags & IS_UNORDERED) !== 0;
    next.row = row;
    const request = next.isHttp ? (batch.request[index] ?? 0) : 0;
    batch.slot[index] = addOwn(index, at, request);
    batch.hop[index] = (flags & HAS_HOP) === 0 ? NONE : addHop(index, at, request);
  };
}

/**
 * True for HTTP requests without an id: a connection may carry any number of them, so that they are not told apart by
 * its addresses but, among the requests of one connection, by their moment and bytes.
 */
export function isOneOfMany(shape: CodedShape, request: number): boolean {
  return shape.http && request === 0;
}

/** Hash of a client's address, never 0. */
export function tupleHash(client: number, port: number): number {
  return (Math.imul(client, 0x9e3779b1) ^ Math.imul(port + 1, 0x85ebca6b)) | 1;
}
