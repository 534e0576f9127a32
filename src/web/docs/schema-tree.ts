/** A JSON schema as a tree that is opened part by part. */
import { type Child, h, on, replace } from '../dom/element.ts';
import { type ApiDocument, resolve, type Schema } from './document.ts';
import { prose } from './prose.ts';

/** What a value is, in a few words: `array of Connection`, `string or null`. */
export function typeOf(schema: Schema): string {
  const { $ref, type, format, anyOf, allOf, items, prefixItems, enum: values } = schema;
  if ($ref !== undefined) return $ref.split('/').at(-1) ?? '';
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' or ');
  if (allOf !== undefined) return allOf.map(typeOf).join(' and ');
  if (values !== undefined) return values.join(' | ');
  if (prefixItems !== undefined) return `[${prefixItems.map(typeOf).join(', ')}]`;
  if (type === 'array') return `array of ${items === undefined ? 'anything' : typeOf(items)}`;
  const name = type === undefined ? 'anything' : [type].flat().join(' or ');
  return format === undefined ? name : `${name}, ${format}`;
}

/** The properties of a schema, with those of its parts behind a click; null where it has none. */
export function schemaTree(document: ApiDocument, schema: Schema): Child {
  const inner = innerOf(document, schema);
  if (inner === null) return null;
  const rows = Object.entries(inner.properties ?? {}).map(([name, part]) =>
    h(
      'li',
      {},
      h('code', { class: 'name' }, name),
      ' ',
      h('span', { class: 'type' }, typeOf(part)),
      meaningOf(part) === '' ? null : h('span', { class: 'meaning' }, ' ', ...prose(meaningOf(part))),
      innerOf(document, part) === null ? null : lazyTree(document, part),
    ),
  );
  return h('ul', { class: 'schema' }, rows);
}

/** The parts are made when they are asked for: schemas refer to each other. */
function lazyTree(document: ApiDocument, schema: Schema): HTMLElement {
  const place = h('div');
  const details = h('details', {}, h('summary', {}, `its ${nounOf(schema)}`), place);
  return on(details, 'toggle', () => {
    if (details.open && place.childElementCount === 0) replace(place, schemaTree(document, schema));
  });
}

const nounOf = (schema: Schema): string => (schema.type === 'array' ? 'items' : 'fields');

/** The object within arrays and alternatives; null where there is none. */
function innerOf(document: ApiDocument, schema: Schema): Schema | null {
  const whole = resolve(document, schema as Schema & { $ref: string });
  if (whole.properties !== undefined) return whole;
  if (whole.items !== undefined) return innerOf(document, whole.items);
  const parts = (whole.anyOf ?? whole.allOf ?? [])
    .map((part) => innerOf(document, part))
    .filter((part) => part !== null);
  if (parts.length === 0) return null;
  return { properties: Object.assign({}, ...parts.map(({ properties }) => properties)) };
}

function meaningOf({ description = '', anyOf = [] }: Schema): string {
  const inner = anyOf.map((part) => part.description ?? '').find((text) => text !== '') ?? '';
  return [inner, description].filter((text) => text !== '').join('. ');
}
