/** Puts the lines of a batch into the pairing window, as the ends of connections that they are. */
import { NO_PORT } from '../../../domain/address.ts';
import { textHash } from '../../../domain/line-hash.ts';
import type { Dictionary } from '../dictionary.ts';
import { decodeExtra } from '../extra.ts';
import { ABSENT, type LineBatch } from '../line-batch.ts';
import type { CodedShape } from '../shape-coder.ts';
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
    request: 0,
    isClient: false,
    isHop: false,
    row: NONE,
  };

  /** Puts a line into the window as an end of a connection; its slot or NONE. */
  const addOwn = (index: number): number => {
    const { shape } = next;
    const { role } = shape;
    const port = role === 'client' ? batch.upstreamLocalPort[index] : batch.downstreamRemotePort[index];
    next.isHop = false;
    if (role !== 'none' && port !== NO_PORT) {
      next.isClient = role === 'client';
      next.client = shape.client;
      next.clientPort = port ?? 0;
      next.server = shape.server;
      next.anchor = shape.half === 'name' || isTelling(index) ? shape.anchor : 0;
      return deps.window().add(batch, index, next);
    }
    if (shape.half !== 'tunnel' || !isTelling(index)) return NONE;
    next.isClient = true;
    next.client = 0;
    next.clientPort = 0;
    next.server = shape.anchor;
    next.anchor = shape.anchor;
    return deps.window().add(batch, index, next);
  };

  /** The same for a gateway's line as the server's end of the hop before. */
  const addHop = (index: number): number => {
    const { hop } = next.shape;
    const port = batch.downstreamRemotePort[index];
    if (hop === null || port === NO_PORT) return NONE;
    next.isHop = true;
    next.isClient = false;
    next.client = hop.client;
    next.clientPort = port ?? 0;
    next.server = hop.server;
    next.anchor = hop.half === 'name' || isTelling(index) ? hop.anchor : 0;
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
    const window = deps.window();
    next.shape = shape;
    next.row = row;
    next.request = shape.http ? requestHash(batch.extra.get(index) ?? null, dictionary) : 0;
    const slot = addOwn(index);
    const hop = shape.hop === null ? NONE : addHop(index);
    if (slot !== NONE && hop !== NONE) {
      window.twin[slot] = hop;
      window.twin[hop] = slot;
    }
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
  hop: null,
  content: { a: 0, b: 0 },
};

/** Hash of the request id of an HTTP line, 0 when it has none. */
export function requestHash(extra: string | null, dictionary: Dictionary): number {
  const { request_id } = decodeExtra(extra, dictionary);
  return request_id === null ? 0 : textHash({ a: 1, b: 2 }, request_id).a;
}
