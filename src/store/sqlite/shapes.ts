/** Shapes: what a line shares with many others, coded as ids of texts. */
import type Database from 'better-sqlite3';
import { canonicalIp, hostBefore, portStart } from '../../domain/address.ts';
import { type Identity, isHttp, type ParsedLine } from '../../domain/entry.ts';
import { lineHash } from '../../domain/line-hash.ts';
import type { Shape } from '../../domain/ports.ts';
import { parseResponseFlags } from '../../domain/response-flags.ts';
import {
  NO_TEXT,
  TEMPLATE_FIELD,
  TEMPLATE_WIDTH,
  type TemplateField,
  type Templates,
} from '../../domain/templates.ts';
import { type Detail, detailText, readDetail } from './detail.ts';
import type { Dictionary } from './dictionary.ts';
import type { HashOf } from './rows.ts';
import { type CodedShape, createShapeCoder } from './shape-coder.ts';
import { COLUMNS, type Columns, type StoredShape } from './shape-columns.ts';
import { TupleTable } from './tuple-table.ts';
import { createWhereabouts } from './whereabouts.ts';

const CACHED_SHAPES_MAX = 120_000;

/** A shape with the parts of an entry that it fixes. */
export interface ReadShape {
  readonly shape: Shape;
  readonly upstreamLocalHost: string | null;
  readonly downstreamRemoteHost: string | null;
  readonly detail: Detail;
}

export interface Shapes {
  /** The shape of a line, made when it is new. */
  code(line: ParsedLine): CodedShape;
  /** The same for the lines of a template. */
  codeTemplate(templates: Templates | null, template: number): CodedShape;
  coded(id: number): CodedShape;
  /** Hash of a line that has nothing but a shape and numbers. */
  hashOf: HashOf;
  read(id: number): ReadShape;
  /** True once after shapes that were read before say more of who wrote their lines: read them again. */
  takeCompleted(): boolean;
  reset(): void;
}

export function createShapes(db: Database.Database, dictionary: Dictionary): Shapes {
  const list = COLUMNS.join(', ');
  const find = db.prepare<[number], StoredShape>(`SELECT id, ${list} FROM shape WHERE hash = ?`);
  const get = db.prepare<[number], StoredShape>(`SELECT id, ${list} FROM shape WHERE id = ?`);
  const first = db.prepare<[number], StoredShape>(`SELECT id, ${list} FROM shape ORDER BY id LIMIT ?`);
  const add = db.prepare(
    `INSERT INTO shape (hash, ${list}) VALUES (?, ${COLUMNS.map(() => '?').join(', ')})`,
  );
  const coder = createShapeCoder(dictionary);
  const whereabouts = createWhereabouts(db);
  let isCompleted = false;
  const identities = new Map<Identity, Int32Array>();
  const known = new TupleTable(COLUMNS.length);
  const byId = new Map<number, CodedShape>();
  let byTemplate = new WeakMap<Templates, CodedShape[]>();
  const readById = new Map<number, ReadShape>();
  const key = new Int32Array(COLUMNS.length);
  /** True while all shapes of the table are in `known`, so that one which is not there is new. */
  let isWhole = false;

  const loadAll = (): void => {
    const rows = first.all(CACHED_SHAPES_MAX + 1);
    isWhole = rows.length <= CACHED_SHAPES_MAX;
    if (!isWhole) return;
    const columns = new Int32Array(COLUMNS.length);
    for (const row of rows) {
      COLUMNS.forEach((column, i) => {
        columns[i] = row[column] ?? 0;
      });
      known.set(columns, row.id);
    }
  };

  const identityIds = (identity: Identity): Int32Array => {
    let ids = identities.get(identity);
    if (ids === undefined) {
      const texts = [identity.pod, identity.namespace, identity.container, identity.node];
      ids = Int32Array.from(texts, (text) => dictionary.idOf(text) ?? 0);
      if (identities.size >= CACHED_SHAPES_MAX) identities.clear();
      identities.set(identity, ids);
    }
    return ids;
  };

  const addKnown = (id: number): void => {
    if (known.size >= CACHED_SHAPES_MAX) {
      known.clear();
      isWhole = false;
    }
    known.set(key, id);
  };

  const remember = (shape: CodedShape): void => {
    if (byId.size >= CACHED_SHAPES_MAX) byId.clear();
    byId.set(shape.id, shape);
  };

  const addNew = (hash: number): number => {
    const values = Array.from(key, (value) => value || null);
    const id = Number(add.run(hash, ...values).lastInsertRowid);
    const row = Object.fromEntries(COLUMNS.map((column, i) => [column, values[i] ?? null])) as Columns;
    if (whereabouts.note(row)) {
      isCompleted = true;
      readById.clear();
    }
    return id;
  };

  /** Finds the shape with the columns in `key` in the table, or adds it. */
  const learn = (): number => {
    if (known.size === 0 && !isWhole) {
      loadAll();
      const found = known.get(key);
      if (found !== 0) return found;
    }
    const hash = hashOfKey(key);
    const same = isWhole
      ? undefined
      : find.all(hash).find((row) => COLUMNS.every((c, i) => (row[c] ?? 0) === key[i]));
    const id = same?.id ?? addNew(hash);
    addKnown(id);
    if (!byId.has(id)) remember(coder.code(id, key));
    return id;
  };

  const coded = (id: number): CodedShape => {
    let shape = byId.get(id);
    if (shape === undefined) {
      const row = get.get(id);
      if (row === undefined) throw new Error(`BUG: shape ${id} is missing`);
      shape = coder.code(
        id,
        Int32Array.from(COLUMNS, (column) => row[column] ?? 0),
      );
      remember(shape);
    }
    return shape;
  };

  const codeLine = (line: ParsedLine): CodedShape => {
    key.set(identityIds(line.identity), 0);
    fillKey(key, line, dictionary);
    return coded(known.get(key) || learn());
  };

  const codeRow = (templates: Templates, template: number): CodedShape => {
    fillKeyOfTemplate(key, templates, template, dictionary);
    return coded(known.get(key) || learn());
  };

  return {
    code: codeLine,
    codeTemplate(templates, template) {
      if (templates === null) throw new Error('BUG: a line has a template that is none');
      let known = byTemplate.get(templates);
      if (known === undefined) {
        known = [];
        byTemplate.set(templates, known);
      }
      const shape = known[template] ?? codeRow(templates, template);
      known[template] = shape;
      return shape;
    },
    coded,
    hashOf: (shape, numbers) => lineHash(coded(shape).content, numbers, null),
    read(id) {
      let read = readById.get(id);
      if (read === undefined) {
        const row = get.get(id);
        if (row === undefined) throw new Error(`BUG: shape ${id} is missing`);
        read = readShape({ ...row, ...whereabouts.complete(row) }, dictionary);
        if (readById.size >= CACHED_SHAPES_MAX) readById.clear();
        readById.set(id, read);
      }
      return read;
    },
    takeCompleted() {
      const taken = isCompleted;
      isCompleted = false;
      return taken;
    },
    reset() {
      isCompleted = false;
      whereabouts.reset();
      identities.clear();
      coder.reset();
      known.clear();
      isWhole = false;
      byId.clear();
      byTemplate = new WeakMap();
      readById.clear();
    },
  };
}

/** Fills in what the line itself says; the first four places are the identity's. */
function fillKey(key: Int32Array, { entry, format, envelope }: ParsedLine, dictionary: Dictionary): void {
  const id = (text: string | null): number => (text === null ? 0 : (dictionary.idOf(text) ?? 0));
  const host = (text: string | null): number => (text === null ? 0 : id(hostBefore(text, portStart(text))));
  key[4] = id(format);
  key[5] = id(envelope);
  key[6] = id(entry.upstream_cluster);
  key[7] = id(entry.upstream_host);
  key[8] = host(entry.upstream_local_address);
  key[9] = id(entry.downstream_local_address);
  key[10] = host(entry.downstream_remote_address);
  key[11] = id(entry.requested_server_name);
  key[12] = id(flagsText(entry.response_flags));
  key[13] = id(detailText(entry));
}

/** The field of a template that each column comes from; the last column holds what is rare. */
const COLUMN_FIELDS: readonly TemplateField[] = [
  'pod',
  'namespace',
  'container',
  'node',
  'format',
  'envelope',
  'upstream_cluster',
  'upstream_host',
  'upstream_local_host',
  'downstream_local_address',
  'downstream_remote_host',
  'requested_server_name',
  'response_flags',
];
const ID_OF_FIELDS: readonly number[] = COLUMN_FIELDS.map((field) => TEMPLATE_FIELD[field]);

/** The whole key of lines with a template. */
function fillKeyOfTemplate(
  key: Int32Array,
  templates: Templates,
  template: number,
  dictionary: Dictionary,
): void {
  const { rows, texts } = templates;
  const at = template * TEMPLATE_WIDTH;
  for (const [column, field] of ID_OF_FIELDS.entries()) {
    const number = rows[at + field] ?? NO_TEXT;
    key[column] = number === NO_TEXT ? 0 : (dictionary.idOf(texts[number] ?? '') ?? 0);
  }
  const text = (field: TemplateField) => templates.text(template, field);
  const code = text('response_code');
  const detail = detailText({
    method: text('method'),
    protocol: text('protocol'),
    response_code: code === null ? null : Number(code),
    route_name: text('route_name'),
    response_code_details: text('response_code_details'),
    connection_termination_details: text('connection_termination_details'),
    upstream_transport_failure_reason: text('upstream_transport_failure_reason'),
    attributes: null,
  });
  key[ID_OF_FIELDS.length] = detail === null ? 0 : (dictionary.idOf(detail) ?? 0);
}

function flagsText(flags: readonly string[]): string | null {
  return flags.length === 0 ? null : flags.length === 1 ? (flags[0] ?? null) : flags.join();
}

function hashOfKey(key: Int32Array): number {
  let hash = 0;
  for (const id of key) hash = Math.imul(hash ^ id, 0x9e3779b1) ^ (hash >>> 15);
  return hash;
}

function readShape(row: StoredShape, dictionary: Dictionary): ReadShape {
  const text = (id: number | null) => dictionary.textOf(id);
  const detail = readDetail(text(row.detail_id));
  const remote = text(row.downstream_remote_host_id);
  const flags = parseResponseFlags(text(row.response_flags_id) ?? '-') ?? [];
  return {
    detail,
    upstreamLocalHost: text(row.upstream_local_host_id),
    downstreamRemoteHost: remote,
    shape: {
      id: row.id,
      identity: {
        pod: text(row.pod_id),
        namespace: text(row.namespace_id),
        container: text(row.container_id),
        node: text(row.node_id),
      },
      format: text(row.format_id) ?? '',
      envelope: text(row.envelope_id) ?? '',
      http: isHttp(detail),
      upstream_cluster: text(row.upstream_cluster_id),
      upstream_host: text(row.upstream_host_id),
      downstream_local_address: text(row.downstream_local_address_id),
      downstream_remote_ip: remote === null ? null : canonicalIp(remote.replace(/^\[|\]$/g, '')),
      upstream_connected: row.upstream_local_host_id !== null,
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
