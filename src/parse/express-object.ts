/** Where the values of a JSON object stand that differ from line to line. */
import type { ParsedLine } from '../domain/entry.ts';
import { formOf } from '../domain/format-name.ts';
import { type Place, readForm, renderForm } from './json-form.ts';
import type { FieldName } from './log-format.ts';

/** What stands in a slot. `split`: nothing, two stretches meet before a word; `brace`: the same behind the first brace. */
export const SLOT_KINDS = [
  'start_time',
  'bytes_received',
  'bytes_sent',
  'duration',
  'upstream_local_address',
  'downstream_remote_address',
  'upstream_service_time',
  'path',
  'request_id',
  'split',
  'brace',
] as const;
export type SlotKind = (typeof SLOT_KINDS)[number];

/** A place in a line whose words are what stands between commas. Of addresses only the port, which is at their end. */
export interface Slot {
  readonly kind: SlotKind;
  readonly word: number;
  /** Bytes of the word before the value and behind it. */
  readonly head: number;
  readonly tail: number;
}

const NEEDED: readonly FieldName[] = [
  'start_time',
  'bytes_received',
  'bytes_sent',
  'duration',
  'downstream_remote_address',
];
/** Before these two stretches meet: those of a client's address and those of a server's go together in many ways. */
const APART: ReadonlySet<FieldName> = new Set(['upstream_local_address', 'downstream_remote_address']);

/**
 * Finds the values in the text of a line that was read the long way, in their order.
 * Null: the line is no JSON object behind a prefix, lacks one of its numbers, or has one twice.
 */
export function findSlots(text: string, line: ParsedLine): readonly Slot[] | null {
  const form = formOf(line.format);
  const begin = text.length - line.raw.length;
  if (form === null || !line.raw.startsWith('{') || !text.endsWith(line.raw)) return null;
  const places: Place[] = [];
  if (renderForm(readForm(form), line.entry, places) !== line.raw) return null;
  const slots: Slot[] = [{ kind: 'brace', word: 0, head: 0, tail: 0 }];
  const seen = new Set<FieldName>();
  for (const place of places) {
    const kind = SLOT_KINDS.find((kind) => kind === place.field);
    if (kind === undefined) continue;
    if (seen.has(place.field)) return null;
    seen.add(place.field);
    const slot = slotAt(text, kind, begin + place.from, begin + place.to);
    if (APART.has(place.field) && slot.word > 0)
      slots.push({ kind: 'split', word: slot.word, head: 0, tail: 0 });
    slots.push(slot);
  }
  return NEEDED.every((field) => seen.has(field)) ? slots : null;
}

/** The slot of a value in [from, to). One with a comma in it is found nowhere: it is two words. */
function slotAt(text: string, kind: SlotKind, from: number, to: number): Slot {
  const begin = text.lastIndexOf(',', from) + 1;
  const comma = text.indexOf(',', to);
  const end = comma < 0 ? text.length : comma;
  const word = text.slice(0, begin).split(',').length - 1;
  return { kind, word, head: from - begin, tail: end - to };
}
