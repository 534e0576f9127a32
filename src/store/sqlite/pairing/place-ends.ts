/** Puts the lines of a batch into the pairing window, as the ends of connections that they are. */
import { NO_PORT } from '../../../domain/address.ts';
import { textHash } from '../../../domain/line-hash.ts';
import type { Dictionary } from '../dictionary.ts';
import { decodeExtra } from '../extra.ts';
import { ABSENT, type LineBatch } from '../line-batch.ts';
import type { CodedShape, Hop } from '../shape-coder.ts';
import { type NewEnd, NONE, type PairingWindow } from './pairing-window.ts';

/** Gives a line of the batch its slots: `batch.slot` and, on a gateway's line, `batch.hop`; NONE where it is no end. */
export type PlaceEnds = (index: number, shape: CodedShape, row: number) => void;

export function createPlaceEnds(deps: {
  readonly batch: LineBatch;
  readonly dictionary: Dictionary;
  readonly window: () => PairingWindow;
}): PlaceEnds {
  const { batch, dictionary } = deps;
  /** The end that is being added: one object for all, as this is done for every line. */
  const next: { -readonly [key in keyof NewEnd]: NewEnd[key] } = {
    shape: NO_SHAPE,
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

  /** Puts a line into the window as an end of a connection; its slot or NONE. */
  const addOwn = (index: number, request: number): number => {
    const { shape } = next;
    const { role } = shape;
    const port = role === 'client' ? batch.upstreamLocalPort[index] : batch.downstreamRemotePort[index];
    next.isHop = false;
    next.isClient = role !== 'server';
    if (role !== 'none' && port !== undefined && port !== NO_PORT) {
      return addEnd(index, shape, port, request);
    }
    if (shape.half !== 'tunnel' || !isTelling(index)) return NONE;
    next.client = 0;
    next.clientPort = 0;
    next.server = shape.anchor;
    next.anchor = shape.anchor;
    next.own = shape.own;
    next.request = request;
    return deps.window().add(batch, index, next);
  };

  /** The same for a gateway's line as the server's end of the hop before. */
  const addHop = (index: number, request: number): number => {
    const { hop } = next.shape;
    const port = batch.downstreamRemotePort[index];
    if (hop === null || port === undefined || port === NO_PORT) return NONE;
    next.isHop = true;
    next.isClient = false;
    return addEnd(index, hop, port, request);
  };

  const addEnd = (index: number, end: Hop, port: number, request: number): number => {
    next.server = end.server;
    next.own = end.client;
    if (isOneOfMany(next.shape, request)) {
      next.client = 0;
      next.clientPort = 0;
      next.anchor = end.server;
      next.request = tupleHash(end.client, port);
    } else {
      next.client = end.client;
      next.clientPort = port;
      next.anchor = end.half === 'name' || isTelling(index) ? end.anchor : 0;
      next.request = request;
    }
    return deps.window().add(batch, index, next);
  };

  /** True when the bytes of a line may tell it from others. */
  const isTelling = (index: number): boolean => {
    if (next.shape.blind) return false;
    const received = batch.received[index] ?? ABSENT;
    const sent = batch.sent[index] ?? ABSENT;
    return received >= 0 && sent >= 0 && received + sent > 0;
  };

  return (index, shape, row) => {
    next.shape = shape;
    next.row = row;
    const request = shape.http ? requestHash(batch.extra.get(index) ?? null, dictionary) : 0;
    const slot = addOwn(index, request);
    const hop = shape.hop === null ? NONE : addHop(index, request);
    batch.slot[index] = slot;
    batch.hop[index] = hop;
  };
}

const NO_SHAPE: CodedShape = {
  id: 0,
  role: 'none',
  isNamed: false,
  http: false,
  unordered: false,
  blind: false,
  cluster: 0,
  sni: 0,
  server: 0,
  client: 0,
  half: 'none',
  anchor: 0,
  own: 0,
  hop: null,
  content: { a: 0, b: 0 },
};

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

/** Hash of the request id of an HTTP line, 0 when it has none. */
export function requestHash(extra: string | null, dictionary: Dictionary): number {
  const { request_id } = decodeExtra(extra, dictionary);
  return request_id === null ? 0 : textHash({ a: 1, b: 2 }, request_id).a;
}
