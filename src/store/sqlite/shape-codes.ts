/** Coded shapes by id in one typed array: what is asked of them with every line lies in one piece of memory. */
import type { CodedShape, Half, Hop, Role } from './shape-coder.ts';

/** Numbers a shape. */
const STRIDE = 16;
const ID = 0;
/** Places in a shape, for whoever reads `data` at an offset. */
export const FLAGS = 1;
export const SERVER = 2;
export const CLIENT = 3;
export const ANCHOR = 4;
export const OWN = 5;
export const CLUSTER = 6;
export const SNI = 7;
export const CONTENT_A = 8;
export const CONTENT_B = 9;
export const HOP_SERVER = 10;
export const HOP_CLIENT = 11;
export const HOP_ANCHOR = 12;
const HOP_HALF = 13;

/** In FLAGS. */
export const IS_CLIENT = 1;
export const IS_SERVER = 2;
export const IS_HTTP = 4;
export const IS_UNORDERED = 8;
export const IS_BLIND = 16;
export const IS_NAMED = 32;
export const HAS_HOP = 64;
export const BY_NAME = 128;
export const IS_TUNNEL = 256;
export const HOP_BY_NAME = 512;
const HALF_SHIFT = 10;

const HALVES: readonly Half[] = ['none', 'address', 'tunnel', 'name'];
const FIRST_PLACES = 1_024;
/** Shapes held at once. Each has one place, by its id: beyond so many, the last of those that share it is held. */
const PLACES_MAX = 2 ** 18;

export class ShapeCodes {
  data = new Int32Array(FIRST_PLACES * STRIDE);
  #places = FIRST_PLACES;

  /** Offset of a shape in `data`; -1: it is not held. */
  find(id: number): number {
    const offset = (id & (this.#places - 1)) * STRIDE;
    return this.data[offset + ID] === id ? offset : -1;
  }

  /** Takes a shape in, in the place of another one if need be, and answers its offset. */
  put(shape: CodedShape): number {
    while (shape.id >= this.#places && this.#places < PLACES_MAX) this.#widen();
    const offset = (shape.id & (this.#places - 1)) * STRIDE;
    const { data } = this;
    data[offset + ID] = shape.id;
    data[offset + FLAGS] = flagsOf(shape);
    data[offset + SERVER] = shape.server;
    data[offset + CLIENT] = shape.client;
    data[offset + ANCHOR] = shape.anchor;
    data[offset + OWN] = shape.own;
    data[offset + CLUSTER] = shape.cluster;
    data[offset + SNI] = shape.sni;
    data[offset + CONTENT_A] = shape.content.a;
    data[offset + CONTENT_B] = shape.content.b;
    data[offset + HOP_SERVER] = shape.hop?.server ?? 0;
    data[offset + HOP_CLIENT] = shape.hop?.client ?? 0;
    data[offset + HOP_ANCHOR] = shape.hop?.anchor ?? 0;
    data[offset + HOP_HALF] = HALVES.indexOf(shape.hop?.half ?? 'none');
    return offset;
  }

  /** The shape at an offset. */
  read(offset: number): CodedShape {
    const at = (place: number): number => this.data[offset + place] ?? 0;
    const flags = at(FLAGS);
    const role: Role = (flags & IS_CLIENT) !== 0 ? 'client' : (flags & IS_SERVER) !== 0 ? 'server' : 'none';
    const hop: Hop = {
      server: at(HOP_SERVER),
      client: at(HOP_CLIENT),
      half: this.hopHalf(offset),
      anchor: at(HOP_ANCHOR),
    };
    return {
      id: at(ID),
      role,
      http: (flags & IS_HTTP) !== 0,
      unordered: (flags & IS_UNORDERED) !== 0,
      blind: (flags & IS_BLIND) !== 0,
      cluster: at(CLUSTER),
      sni: at(SNI),
      server: at(SERVER),
      client: at(CLIENT),
      half: this.half(offset),
      anchor: at(ANCHOR),
      own: at(OWN),
      hop: (flags & HAS_HOP) === 0 ? null : hop,
      isNamed: (flags & IS_NAMED) !== 0,
      content: { a: at(CONTENT_A), b: at(CONTENT_B) },
    };
  }

  /** What the half key of the shape at an offset is; the same of a gateway's server side. */
  half(offset: number): Half {
    return HALVES[(this.data[offset + FLAGS] as number) >> HALF_SHIFT] ?? 'none';
  }

  hopHalf(offset: number): Half {
    return HALVES[this.data[offset + HOP_HALF] as number] ?? 'none';
  }

  clear(): void {
    this.#places = FIRST_PLACES;
    this.data = new Int32Array(FIRST_PLACES * STRIDE);
  }

  /** The ids held are less than the number of places, so that all of them keep theirs. */
  #widen(): void {
    this.#places *= 2;
    const wider = new Int32Array(this.#places * STRIDE);
    wider.set(this.data);
    this.data = wider;
  }
}

function flagsOf(shape: CodedShape): number {
  return (
    (shape.role === 'client' ? IS_CLIENT : shape.role === 'server' ? IS_SERVER : 0) |
    (shape.http ? IS_HTTP : 0) |
    (shape.unordered ? IS_UNORDERED : 0) |
    (shape.blind ? IS_BLIND : 0) |
    (shape.isNamed ? IS_NAMED : 0) |
    (shape.hop === null ? 0 : HAS_HOP) |
    (shape.half === 'name' ? BY_NAME : 0) |
    (shape.half === 'tunnel' ? IS_TUNNEL : 0) |
    (shape.hop?.half === 'name' ? HOP_BY_NAME : 0) |
    (HALVES.indexOf(shape.half) << HALF_SHIFT)
  );
}
