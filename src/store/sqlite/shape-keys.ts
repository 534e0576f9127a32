/** The columns of a shape as ids of texts: of a line, or of a template whose lines share all that is no number. */
import { hostBefore, portStart } from '../../domain/address.ts';
import type { Identity, ParsedLine } from '../../domain/entry.ts';
import {
  NO_TEXT,
  TEMPLATE_FIELD,
  TEMPLATE_WIDTH,
  type TemplateField,
  type Templates,
} from '../../domain/templates.ts';
import { detailText } from './detail.ts';
import type { Dictionary } from './dictionary.ts';
import { COLUMN, COLUMNS } from './shape-columns.ts';
import { TupleTable } from './tuple-table.ts';

const IDENTITIES_MAX = 120_000;

export interface LineKeys {
  /** One array for all: it holds until the next call. 0 stands for NULL. */
  keyOf(line: ParsedLine): Int32Array;
  reset(): void;
}

export function createLineKeys(dictionary: Dictionary): LineKeys {
  const key = new Int32Array(COLUMNS.length);
  const identities = new Map<Identity, Int32Array>();
  const id = (text: string | null): number => (text === null ? 0 : (dictionary.idOf(text) ?? 0));
  const host = (text: string | null): number => (text === null ? 0 : id(hostBefore(text, portStart(text))));

  /** The first four columns. */
  const identityIds = (identity: Identity): Int32Array => {
    let ids = identities.get(identity);
    if (ids === undefined) {
      ids = Int32Array.from([identity.pod, identity.namespace, identity.container, identity.node], id);
      if (identities.size >= IDENTITIES_MAX) identities.clear();
      identities.set(identity, ids);
    }
    return ids;
  };

  return {
    keyOf({ identity, entry, format, envelope }) {
      key.set(identityIds(identity));
      key[COLUMN.format_id] = id(format);
      key[COLUMN.envelope_id] = id(envelope);
      key[COLUMN.upstream_cluster_id] = id(entry.upstream_cluster);
      key[COLUMN.upstream_host_id] = id(entry.upstream_host);
      key[COLUMN.upstream_local_host_id] = host(entry.upstream_local_address);
      key[COLUMN.downstream_local_address_id] = id(entry.downstream_local_address);
      key[COLUMN.downstream_remote_host_id] = host(entry.downstream_remote_address);
      key[COLUMN.requested_server_name_id] = id(entry.requested_server_name);
      key[COLUMN.response_flags_id] = id(flagsText(entry.response_flags));
      key[COLUMN.detail_id] = id(detailText(entry));
      return key;
    },
    reset: () => identities.clear(),
  };
}

function flagsText(flags: readonly string[]): string | null {
  return flags.length === 0 ? null : flags.length === 1 ? (flags[0] ?? null) : flags.join();
}

/** The field of a template that each column comes from; the last column holds what is rare. */
const COLUMN_FIELDS = [
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
] as const satisfies readonly TemplateField[];
const PLACES = COLUMN_FIELDS.map((field) => TEMPLATE_FIELD[field]);
const DETAIL_FIELDS = [
  'method',
  'protocol',
  'response_code',
  'route_name',
  'response_code_details',
  'connection_termination_details',
  'upstream_transport_failure_reason',
] as const satisfies readonly TemplateField[];
const DETAIL_PLACES = DETAIL_FIELDS.map((field) => TEMPLATE_FIELD[field]);

export interface TemplateKeys {
  /** One array for all: it holds until the next call. 0 stands for NULL. */
  keyOf(templates: Templates, template: number): Int32Array;
  reset(): void;
}

/** Texts of templates by number, and what is known of them. */
interface Known {
  /** Ids of texts; 0: not looked up yet. */
  ids: Int32Array;
  /** By the texts of DETAIL_FIELDS: id of the detail, and one more. */
  readonly details: TupleTable;
}

export function createTemplateKeys(dictionary: Dictionary): TemplateKeys {
  const key = new Int32Array(COLUMNS.length);
  const detailKey = new Int32Array(DETAIL_PLACES.length);
  let byTemplates = new WeakMap<Templates, Known>();

  const knownOf = (templates: Templates): Known => {
    const known = byTemplates.get(templates) ?? {
      ids: new Int32Array(0),
      details: new TupleTable(DETAIL_PLACES.length, 64),
    };
    if (known.ids.length < templates.texts.length) {
      const wider = new Int32Array(2 * templates.texts.length);
      wider.set(known.ids);
      known.ids = wider;
    }
    byTemplates.set(templates, known);
    return known;
  };

  const detailOf = (templates: Templates, template: number, details: TupleTable): number => {
    const at = template * TEMPLATE_WIDTH;
    for (let i = 0; i < DETAIL_PLACES.length; i++) {
      detailKey[i] = templates.rows[at + (DETAIL_PLACES[i] ?? 0)] ?? NO_TEXT;
    }
    const known = details.get(detailKey);
    if (known !== 0) return known - 1;
    const text = (field: (typeof DETAIL_FIELDS)[number]) => templates.text(template, field);
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
    const id = dictionary.idOf(detail) ?? 0;
    details.set(detailKey, id + 1);
    return id;
  };

  return {
    keyOf(templates, template) {
      const { ids, details } = knownOf(templates);
      const { rows, texts } = templates;
      const at = template * TEMPLATE_WIDTH;
      for (let column = 0; column < PLACES.length; column++) {
        const number = rows[at + (PLACES[column] ?? 0)] ?? NO_TEXT;
        if (number === NO_TEXT) {
          key[column] = 0;
          continue;
        }
        let id = ids[number] ?? 0;
        if (id === 0) {
          id = dictionary.idOf(texts[number] ?? '') ?? 0;
          ids[number] = id;
        }
        key[column] = id;
      }
      key[COLUMN.detail_id] = detailOf(templates, template, details);
      return key;
    },
    reset() {
      byTemplates = new WeakMap();
    },
  };
}
