import { FIELDS } from '../../src/domain/fields.ts';
import { CoverageSchema } from '../../src/http/schemas/coverage.ts';
import { page, table } from './markdown.ts';
import { type Described, schemaRows } from './schema.ts';

/** docs/fields.md: the fields of a line, and those of coverage. */
export function fieldsPage(): string {
  const rows = FIELDS.map(({ name, operator, type, unit, description, since }) => [
    { code: name },
    operator === null ? '' : { code: `%${operator}%` },
    unit === null ? type : `${type}, ${unit}`,
    description,
    since ?? '',
  ]);
  // Every schema is plain JSON; some parts of it hide that from the compiler.
  const coverage = CoverageSchema as unknown as Described;
  return page('Fields', '`src/domain/fields.ts` and the schema of coverage', [
    "The fields of a connection keep the keys of Istio's JSON access log, from the line to the database, the API and the " +
      'command line. What a log prints as `-`, or does not print, is `null`; in CSV it is an empty cell.',
    table(['field', 'Envoy', 'type', 'meaning', "in Istio's text since"], rows),
    '## Coverage',
    'What `meshwake get coverage` and `GET /api/v1/coverage` tell of the lines that were read. Counts are of lines, each of which is ' +
      'one end of a connection. As CSV and NDJSON, coverage is its `pods`. In the table, `MISSING-HERE` is `peer_lines_missing` of ' +
      '`peer_lines`.',
    table(['field', 'meaning'], schemaRows(coverage)),
  ]);
}
