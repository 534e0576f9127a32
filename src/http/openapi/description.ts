/** The OpenAPI document: made from the schemas that requests are validated with, finished where those do not say all. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { RouteOptions } from 'fastify';
import { invariant } from '../../domain/errors.ts';
import { mapOperations, shareParts } from './components.ts';
import { type ApiDocument, isObject, type JsonObject } from './document.ts';
import { finishOperation, HEADERS, type RouteFacts } from './operation.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Schemas of the body by media type. Bodies are read as streams: these are for people and generated clients. */
    bodies?: Readonly<Record<string, object>>;
  }
}

const TAGS = [
  { name: 'ingest', description: 'Lines in: from commands, and from what ships logs already' },
  { name: 'queries', description: 'Questions about connections and routing' },
  { name: 'reports', description: 'Reports on a schedule and on request' },
  { name: 'health', description: 'For what watches this process' },
];

export function openapiOptions(version: string, hasTokens: boolean): FastifyDynamicSwaggerOptions {
  const routes = new Map<string, RouteFacts>();
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Meshwake',
        version,
        description: 'Where service-mesh traffic really goes, and when that changed.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'The server that this document is from' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'A line of the file of --token-file' },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      for (const method of [route.method].flat()) {
        routes.set(keyOf(method, url), factsOf(route, url, hasTokens));
      }
      return { schema, url };
    },
    // Its type knows the versions of OpenAPI apart only by its value.
    transformObject: (made) => finish(made as unknown as { openapiObject: ApiDocument }, routes) as never,
  };
}

function finish(
  { openapiObject }: { readonly openapiObject: ApiDocument },
  routes: ReadonlyMap<string, RouteFacts>,
): ApiDocument {
  const finished = mapOperations(openapiObject.paths, (operation, method, path) => {
    const facts = routes.get(keyOf(method, path));
    invariant(facts !== undefined, `${method} ${path} is a route`);
    return finishOperation(operation, facts);
  });
  const { paths, components } = shareParts(finished);
  const { securitySchemes = {} } = openapiObject.components;
  return { ...openapiObject, paths, components: { securitySchemes, headers: HEADERS, ...components } };
}

/** `/pairs/:id` and `/pairs/{id}` are the same. */
function keyOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path.replace(/:(\w+)/g, '{$1}')}`;
}

function factsOf({ config, schema }: RouteOptions, url: string, hasTokens: boolean): RouteFacts {
  const { access = 'open', etag = false, bodyTypes = [], bodies = null, problems = [] } = config ?? {};
  const query = schema?.querystring;
  const isStrict = isObject(query) && query.additionalProperties === false && isObject(query.properties);
  return {
    access,
    url,
    query: isStrict ? Object.keys(query.properties as JsonObject) : null,
    takesBody: bodyTypes.length > 0,
    problems,
    etag,
    hasTokens,
    bodies: bodies as RouteFacts['bodies'],
  };
}
