import { FIELDS } from '../../src/domain/fields.ts';
import { page, table } from './markdown.ts';

/** docs/fields.md: the fields of a line. */
export function fieldsPage(): string {
  const rows = FIELDS.map(({ name, operator, type, unit, description, since }) => [
    { code: name },
    operator === null ? '' : { code: `%${operator}%` },
    unit === null ? type : `${type}, ${unit}`,
    description,
    since ?? '',
  ]);
  return page('Fields', '`src/domain/fields.ts`', [
    "The fields of a connection keep the keys of Istio's JSON access log, from the line to the database, the API and the " +
      'command line. What a log prints as `-`, or does not print, is `null`; in CSV it is an empty cell.',
    table(['field', 'Envoy', 'type', 'meaning', "in Istio's text since"], rows),
  ]);
}
