import type { Cell } from './markdown.ts';

/** What of a JSON schema the pages tell. */
export interface Described {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly items?: Described;
  readonly anyOf?: readonly Described[];
}

/** Path and meaning of every value of an answer: `[]` stands for each item of a list. What has no meaning of its own is left out. */
export function schemaRows(schema: Described, path = ''): Cell[][] {
  const { properties = {}, items } = schema;
  const meaning = meaningOf(schema);
  return [
    ...(path === '' || meaning === '' ? [] : [[{ code: path }, meaning]]),
    ...Object.entries(properties).flatMap(([name, part]) =>
      schemaRows(part, path === '' ? name : `${path}.${name}`),
    ),
    ...(items?.properties === undefined ? [] : schemaRows({ ...items, description: '' }, `${path}[]`)),
  ];
}

/** Of a value that may be null: what it is, then what null means. */
function meaningOf({ description = '', anyOf = [] }: Described): string {
  const inner = anyOf.map((one) => one.description ?? '').find((text) => text !== '') ?? '';
  return [inner, description].filter((text) => text !== '').join('. ');
}
