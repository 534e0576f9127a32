/** What stands in many places of the document stands once, and is referred to: schemas with a title, headers, parameters. */
import { isDeepStrictEqual } from 'node:util';
import { invariant } from '../../domain/errors.ts';
import { isObject, type Json, type JsonObject, type Operation, type Paths } from './document.ts';

/** Shape: the paths with references, and what they refer to, by kind and name. */
export function shareParts(paths: Paths): { readonly paths: Paths; readonly components: JsonObject } {
  const schemas = new Map<string, JsonObject>();
  const parameters = sharedParameters(paths);
  const shared = mapOperations(paths, (operation) => {
    const named = operation.parameters?.map((parameter) => {
      const key = keyOf(parameter);
      const isShared = isDeepStrictEqual(parameters.get(key), parameter);
      return isShared ? { $ref: `#/components/parameters/${key}` } : parameter;
    });
    const slim = named === undefined ? operation : { ...operation, parameters: named };
    return share(slim as unknown as JsonObject, schemas) as unknown as Operation;
  });
  const components = {
    schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
    parameters: Object.fromEntries([...parameters].map(([key, value]) => [key, share(value, schemas)])),
  };
  return { paths: shared, components };
}

export function mapOperations(
  paths: Paths,
  map: (operation: Operation, method: string, path: string) => Operation,
): Paths {
  const entries = Object.entries(paths).map(([path, methods]) => [
    path,
    Object.fromEntries(
      Object.entries(methods).map(([method, operation]) => [method, map(operation, method, path)]),
    ),
  ]);
  return Object.fromEntries(entries);
}

const keyOf = (parameter: JsonObject): string => `${parameter.in}-${parameter.name}`;

/** Of each parameter the form that most operations have it in, where those are several. */
function sharedParameters(paths: Paths): ReadonlyMap<string, JsonObject> {
  const forms = new Map<string, { readonly parameter: JsonObject; count: number }[]>();
  mapOperations(paths, (operation) => {
    for (const parameter of operation.parameters ?? []) {
      const known = forms.get(keyOf(parameter)) ?? [];
      const same = known.find((form) => isDeepStrictEqual(form.parameter, parameter));
      if (same !== undefined) same.count++;
      else forms.set(keyOf(parameter), [...known, { parameter, count: 1 }]);
    }
    return operation;
  });
  const commonest = [...forms].map(
    ([key, known]) => [key, known.reduce((a, b) => (b.count > a.count ? b : a))] as const,
  );
  const shared = commonest.filter(([, { count }]) => count > 1);
  return new Map(shared.map(([key, { parameter }]) => [key, parameter]));
}

/** The same value with references in the place of schemas that have a title, which are put into `schemas`. */
function share(value: Json, schemas: Map<string, JsonObject>): Json {
  if (Array.isArray(value)) return value.map((each) => share(each, schemas));
  if (!isObject(value)) return value;
  const copy = tuple(
    Object.fromEntries(Object.entries(value).map(([name, each]) => [name, share(each, schemas)])),
  );
  const { title } = copy;
  // A property may be called title as well; then it is a schema, no text.
  if (typeof title !== 'string') return copy;
  const known = schemas.get(title);
  invariant(known === undefined || isDeepStrictEqual(known, copy), `two schemas have the title ${title}`);
  schemas.set(title, copy);
  return { $ref: `#/components/schemas/${title}` };
}

/** Tuples as JSON Schema has them since 2020, which is what OpenAPI 3.1 asks for. */
function tuple(schema: JsonObject): JsonObject {
  const { items, additionalItems: _, ...rest } = schema;
  if (schema.type !== 'array' || !Array.isArray(items)) return schema;
  return { ...rest, prefixItems: items, minItems: items.length, maxItems: items.length };
}
