/** Shapes: what a line shares with many others, coded as ids of texts. */
import type Database from 'better-sqlite3';
import { canonicalIp } from '../../domain/address.ts';
import { type Identity, isHttp, type ParsedLine } from '../../domain/entry.ts';
import { numbersHash } from '../../domain/line-hash.ts';
import type { Shape } from '../../domain/ports.ts';
import { parseResponseFlags } from '../../domain/response-flags.ts';
import type { Templates } from '../../domain/templates.ts';
import { type Detail, readDetail } from './detail.ts';
import type { Dictionary } from './dictionary.ts';
import type { HashOf } from './rows.ts';
import { type CodedShape, createShapeCoder } from './shape-coder.ts';
import { CONTENT_A, CONTENT_B, FLAGS, ShapeCodes } from './shape-codes.ts';
import { COLUMNS, type StoredShape } from './shape-columns.ts';
import { createLineKeys, createTemplateKeys } from './shape-keys.ts';
import { createShapeTable } from './shape-table.ts';
import { damaged } from './stored.ts';
import { createWhereabouts } from './whereabouts.ts';

const READ_SHAPES_MAX = 120_000;
/** Past it they are made again. */
const PARTS_MAX = 20_000;

/** Numbers of a template among its facts, and where they stand: id of the shape, hash of its content, FLAGS of its code. */
export const TEMPLATE_FACTS = 4;
export const SHAPE_OF = 0;
export const CONTENT_A_OF = 1;
export const CONTENT_B_OF = 2;
export const FLAGS_OF = 3;

/** A shape with the parts of an entry that it fixes. */
export interface ReadShape {
  readonly shape: Shape;
  readonly upstreamLocalHost: string | null;
  readonly downstreamRemoteHost: string | null;
  readonly detail: Detail;
}

export interface Shapes {
  /** Id of the shape of a line, made when it is new. */
  code(line: ParsedLine): number;
  /**
   * What is asked of the shapes of templates with every line, `TEMPLATE_FACTS` numbers a template: see `SHAPE_OF`. A template
   * whose shape is 0 was not coded yet. The array holds until there are more templates.
   */
  factsOf(templates: Templates): Int32Array;
  /** Codes the shape of the lines of a template, made when it is new, into what `factsOf` answered. */
  codeTemplate(templates: Templates, template: number, facts: Int32Array): void;
  readonly codes: ShapeCodes;
  /** Offset in `codes` of a shape. */
  place(id: number): number;
  coded(id: number): CodedShape;
  /** One number of a shape, told by its place in `codes`: FLAGS, OWN, ... */
  numberOf(id: number, which: number): number;
  /** Hash of a line that has nothing but a shape and numbers. */
  hashOf: HashOf;
  read(id: number): ReadShape;
  /** Call when somebody else, who reads the same database, keeps shapes: `takeCompleted` is about those too. */
  watch(): void;
  /** True once after shapes that were read before say more of who wrote their lines: read them again. */
  takeCompleted(): boolean;
  /** Call before a transaction, with the number of lines that it may store. */
  prepare(lines: number): void;
  /** Puts new shapes into the table. */
  write(): void;
  reset(): void;
  close(): void;
}

export function createShapes(db: Database.Database, dictionary: Dictionary): Shapes {
  const get = db.prepare<[number], StoredShape>(`SELECT id, ${COLUMNS.join(', ')} FROM shape WHERE id = ?`);
  const coder = createShapeCoder(dictionary);
  const whereabouts = createWhereabouts(db);
  const table = createShapeTable(db);
  const codes = new ShapeCodes();
  const lineKeys = createLineKeys(dictionary);
  const templateKeys = createTemplateKeys(dictionary);
  let byTemplates = new WeakMap<Templates, Int32Array>();
  const readById = new Map<number, ReadShape>();
  const parts = new SharedParts();
  let isCompleted = false;

  const idOf = (key: Int32Array): number => {
    const known = table.find(key);
    if (known !== 0) return known;
    const id = table.add(key);
    codes.put(coder.code(id, key));
    if (whereabouts.note(key)) {
      isCompleted = true;
      readById.clear();
    }
    return id;
  };

  const place = (id: number): number => {
    const held = codes.find(id);
    return held === -1 ? codes.put(coder.code(id, table.columnsOf(id))) : held;
  };

  return {
    code: (line) => idOf(lineKeys.keyOf(line)),
    factsOf(templates) {
      let facts = byTemplates.get(templates) ?? new Int32Array(0);
      if (facts.length < templates.size * TEMPLATE_FACTS) {
        const wider = new Int32Array(2 * templates.size * TEMPLATE_FACTS);
        wider.set(facts);
        facts = wider;
        byTemplates.set(templates, facts);
      }
      return facts;
    },
    codeTemplate(templates, template, facts) {
      const id = idOf(templateKeys.keyOf(templates, template));
      const code = place(id);
      const at = template * TEMPLATE_FACTS;
      facts[at + SHAPE_OF] = id;
      facts[at + CONTENT_A_OF] = codes.data[code + CONTENT_A] as number;
      facts[at + CONTENT_B_OF] = codes.data[code + CONTENT_B] as number;
      facts[at + FLAGS_OF] = codes.data[code + FLAGS] as number;
    },
    codes,
    place,
    coded: (id) => codes.read(place(id)),
    numberOf(id, which) {
      // Its place comes first: `data` may be another one then.
      const at = place(id);
      return codes.data[at + which] as number;
    },
    hashOf(shape, numbers) {
      const at = place(shape);
      return numbersHash(
        codes.data[at + CONTENT_A] ?? 0,
        codes.data[at + CONTENT_B] ?? 0,
        numbers.start_time,
        numbers.duration,
        numbers.bytes_received,
        numbers.bytes_sent,
        numbers.upstream_local_port,
        numbers.downstream_remote_port,
      );
    },
    read(id) {
      let read = readById.get(id);
      if (read === undefined) {
        const row = get.get(id);
        if (row === undefined) throw damaged(`shape ${id} is missing`);
        read = readShape({ ...row, ...whereabouts.complete(row) }, dictionary, parts);
        if (readById.size >= READ_SHAPES_MAX) readById.clear();
        readById.set(id, read);
      }
      return read;
    },
    watch: whereabouts.watch,
    takeCompleted() {
      const taken = isCompleted;
      isCompleted = false;
      return taken;
    },
    prepare: table.prepare,
    write: table.write,
    reset() {
      isCompleted = false;
      whereabouts.reset();
      lineKeys.reset();
      templateKeys.reset();
      coder.reset();
      codes.clear();
      table.reset();
      byTemplates = new WeakMap();
      readById.clear();
    },
    close: table.close,
  };
}

/** Parts that many shapes have in common, each made once for all that are read. */
class SharedParts {
  readonly #identities = new Map<string, Identity>();
  readonly #details = new Map<string | null, Detail>();
  readonly #flags = new Map<string, readonly string[]>();

  identity(identity: Identity): Identity {
    const { pod, namespace, container, node } = identity;
    const key = JSON.stringify([pod, namespace, container, node]);
    return getOrMake(this.#identities, key, () => identity);
  }

  detail(text: string | null): Detail {
    return getOrMake(this.#details, text, () => readDetail(text));
  }

  flags(text: string): readonly string[] {
    return getOrMake(this.#flags, text, () => parseResponseFlags(text) ?? []);
  }
}

function getOrMake<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= PARTS_MAX) known.clear();
  const made = make();
  known.set(key, made);
  return made;
}

function readShape(row: StoredShape, dictionary: Dictionary, parts: SharedParts): ReadShape {
  const text = (id: number | null) => dictionary.textOf(id);
  const detail = parts.detail(text(row.detail_id));
  const upstreamLocalHost = text(row.upstream_local_host_id);
  const remote = text(row.downstream_remote_host_id);
  const flags = parts.flags(text(row.response_flags_id) ?? '-');
  return {
    detail,
    upstreamLocalHost,
    downstreamRemoteHost: remote,
    shape: {
      id: row.id,
      identity: parts.identity({
        pod: text(row.pod_id),
        namespace: text(row.namespace_id),
        container: text(row.container_id),
        node: text(row.node_id),
      }),
      format: text(row.format_id) ?? '',
      envelope: text(row.envelope_id) ?? '',
      http: isHttp(detail),
      upstream_cluster: text(row.upstream_cluster_id),
      upstream_host: text(row.upstream_host_id),
      downstream_local_address: text(row.downstream_local_address_id),
      downstream_remote_ip: ipOf(remote),
      upstream_connected: row.upstream_local_host_id !== null,
      upstream_local_ip: ipOf(upstreamLocalHost),
      requested_server_name: text(row.requested_server_name_id),
      response_flags: flags,
      response_code: detail.response_code,
      response_code_details: detail.response_code_details,
      connection_termination_details: detail.connection_termination_details,
      upstream_transport_failure_reason: detail.upstream_transport_failure_reason,
      attributes: detail.attributes,
    },
  };
}

/** Of a host as it is logged. */
function ipOf(host: string | null): string | null {
  return host === null ? null : canonicalIp(host.replace(/^\[|\]$/g, ''));
}
