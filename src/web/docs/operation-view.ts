/** One operation: what it does, what it takes, what it answers. */
import { type Child, h } from '../dom/element.ts';
import { type ApiDocument, type Parameter, type PlacedOperation, resolve, type Schema } from './document.ts';
import { prose } from './prose.ts';
import { schemaTree, typeOf } from './schema-tree.ts';
import { tryIt } from './try-it.ts';

/** More than so many parameters are behind a click. */
const PARAMETERS_SHOWN = 8;

/** Values that stand in forms at first, for what a path needs. */
const PATH_EXAMPLES: Readonly<Record<string, string>> = { address: '10.0.0.1:80' };

export function operationView(
  document: ApiDocument,
  { method, path, operation }: PlacedOperation,
): HTMLElement {
  const {
    operationId,
    summary,
    description,
    parameters = [],
    requestBody,
    responses,
    security = [],
  } = operation;
  const taken = parameters.map((parameter) => resolve<Parameter>(document, parameter));
  return h(
    'section',
    { class: 'panel operation', id: operationId, 'aria-labelledby': `${operationId}-title` },
    h(
      'h3',
      { id: `${operationId}-title` },
      h(
        'a',
        { href: `#${operationId}` },
        h('span', { class: `method ${method.toLowerCase()}` }, method),
        ' ',
        h('code', {}, path),
      ),
    ),
    h('p', {}, ...prose(`${summary}.`)),
    description === undefined ? null : h('p', { class: 'muted' }, ...prose(description)),
    security.length > 0 ? null : h('p', { class: 'muted' }, 'Needs no token.'),
    parameterTable(taken),
    requestBody === undefined ? null : contentView(document, 'Body', requestBody.content),
    Object.entries(responses)
      .filter(([status]) => status.startsWith('2'))
      .map(([status, { description: meaning, content = {} }]) =>
        contentView(document, `Answer ${status}: ${meaning}`, content),
      ),
    errorList(responses),
    method === 'GET' ? tryIt(exampleOf(path, taken), operationId) : null,
  );
}

function parameterTable(parameters: readonly Parameter[]): Child {
  if (parameters.length === 0) return null;
  const table = h(
    'div',
    { class: 'table-scroll', tabindex: 0, role: 'region', 'aria-label': 'Parameters' },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Parameter', 'In', 'Type', 'Meaning'].map((text) => h('th', { scope: 'col' }, text)),
        ),
      ),
      h('tbody', {}, parameters.map(parameterRow)),
    ),
  );
  if (parameters.length <= PARAMETERS_SHOWN) return table;
  return h('details', {}, h('summary', {}, `${parameters.length} parameters`), table);
}

function parameterRow({
  name,
  in: where,
  required = false,
  schema = {},
  description = '',
}: Parameter): HTMLElement {
  return h(
    'tr',
    {},
    h('td', {}, h('code', {}, name)),
    h('td', {}, required ? `${where}, required` : where),
    h('td', {}, typeOf(schema)),
    h('td', {}, ...prose(description)),
  );
}

function contentView(
  document: ApiDocument,
  title: string,
  content: Readonly<Record<string, { readonly schema?: Schema }>>,
): HTMLElement {
  const items = Object.entries(content).map(([type, { schema = {} }]) => {
    const about = schema.description === undefined ? typeOf(schema) : schema.description;
    const tree = schemaTree(document, schema);
    const line: Child = [h('code', {}, type), ' ', h('span', { class: 'type' }, ...prose(about))];
    return h('li', {}, tree === null ? line : h('details', {}, h('summary', {}, line), tree));
  });
  return h('div', { class: 'content' }, h('h4', {}, ...prose(title)), h('ul', { class: 'plain' }, items));
}

function errorList(responses: PlacedOperation['operation']['responses']): HTMLElement {
  const errors = Object.entries(responses).filter(([status]) => /^[45]/.test(status));
  return h(
    'details',
    {},
    h('summary', {}, `${errors.length} statuses of errors`),
    h(
      'ul',
      { class: 'plain' },
      errors.map(([status, { description }]) =>
        h('li', {}, h('strong', {}, status), ' ', ...prose(description)),
      ),
    ),
  );
}

function exampleOf(path: string, parameters: readonly Parameter[]): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => PATH_EXAMPLES[name] ?? 'ID');
  return parameters.some(({ name }) => name === 'limit') ? `${filled}?limit=3` : filled;
}
