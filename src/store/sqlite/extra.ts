/** What varies from line to line and is no number: kept as a JSON array beside the row, absent on plain TCP lines. */
import type { LineColumns } from '../../domain/line-columns.ts';
import { textHash } from '../../domain/line-hash.ts';
import type { Dictionary } from './dictionary.ts';
import { ABSENT } from './line-batch.ts';
import { readStored } from './stored.ts';

export interface Extra {
  readonly path: string | null;
  readonly request_id: string | null;
  readonly x_forwarded_for: string | null;
  readonly upstream_service_time: number | null;
  readonly user_agent: string | null;
  readonly authority: string | null;
  readonly attributes: Readonly<Record<string, string>> | null;
}

/** Attributes that say who talks to whom: the same for many lines, so they belong to the shape. */
const SHAPE_ATTRIBUTES = new Set([
  'direction',
  'level',
  'message',
  'access_log_type',
  'src.workload',
  'src.namespace',
  'src.identity',
  'src.cluster',
  'dst.service',
  'dst.workload',
  'dst.namespace',
  'dst.identity',
  'dst.cluster',
  'istio.mixer:status',
]);

const NONE: Extra = Object.freeze({
  path: null,
  request_id: null,
  x_forwarded_for: null,
  upstream_service_time: null,
  user_agent: null,
  authority: null,
  attributes: null,
});

/** JSON of the varying part, or null when there is none. User agents and authorities go through the dictionary. */
export function encodeExtra(entry: Extra, dictionary: Dictionary): string | null {
  if (
    entry.path === null &&
    entry.request_id === null &&
    entry.x_forwarded_for === null &&
    entry.upstream_service_time === null &&
    entry.user_agent === null &&
    entry.authority === null &&
    entry.attributes === null
  ) {
    return null;
  }
  const values = [
    entry.path,
    entry.request_id,
    entry.x_forwarded_for,
    entry.upstream_service_time,
    dictionary.idOf(entry.user_agent),
    dictionary.idOf(entry.authority),
    pickAttributes(entry.attributes, false),
  ];
  return values.every((v) => v === null) ? null : JSON.stringify(values).toWellFormed();
}

/** What `encodeExtra` keeps, as a text that is the same in every database. */
export function extraContent(entry: Extra): string {
  return JSON.stringify([
    entry.path,
    entry.request_id,
    entry.x_forwarded_for,
    entry.upstream_service_time,
    entry.user_agent,
    entry.authority,
    pickAttributes(entry.attributes, false),
  ]);
}

/** What a line with a template has of it; null: nothing, as the lines of TCP connections. */
export function extraOf(lines: LineColumns, at: number): Extra | null {
  const text = lines.textOf(at);
  if (text === '') return null;
  const { templates } = lines;
  const template = lines.template[at] ?? 0;
  const serviceTime = lines.serviceTime[at] ?? ABSENT;
  const newline = text.indexOf('\n');
  return {
    path: newline === 0 ? null : text.slice(0, newline),
    request_id: newline === text.length - 1 ? null : text.slice(newline + 1),
    x_forwarded_for: templates?.text(template, 'x_forwarded_for') ?? null,
    upstream_service_time: serviceTime === ABSENT ? null : serviceTime,
    user_agent: templates?.text(template, 'user_agent') ?? null,
    authority: templates?.text(template, 'authority') ?? null,
    attributes: null,
  };
}

export function decodeExtra(json: string | null, dictionary: Dictionary): Extra {
  if (json === null) return NONE;
  // Written by encodeExtra alone.
  const [path, request_id, x_forwarded_for, upstream_service_time, agent, authority, attributes] = readStored<
    [
      string | null,
      string | null,
      string | null,
      number | null,
      number | null,
      number | null,
      Record<string, string> | null,
    ]
  >(json, 'what a line says');
  return {
    path,
    request_id,
    x_forwarded_for,
    upstream_service_time,
    user_agent: dictionary.textOf(agent),
    authority: dictionary.textOf(authority),
    attributes,
  };
}

/** The attributes that belong to the shape, or those that do not; null when there are none. */
export function pickAttributes(
  attributes: Readonly<Record<string, string>> | null,
  ofShape: boolean,
): Readonly<Record<string, string>> | null {
  if (attributes === null) return null;
  const picked = Object.entries(attributes).filter(([name]) => SHAPE_ATTRIBUTES.has(name) === ofShape);
  return picked.length === 0 ? null : Object.fromEntries(picked);
}

/** Hash of the id of a request, 0 when it has none. */
export function requestHash({ request_id }: Extra): number {
  return request_id === null ? 0 : textHash(REQUEST_SEED, request_id).a;
}

export const REQUEST_SEED = { a: 1, b: 2 };
