/** Every route there is: what is answered where there is none, and what tests go through, rests on it. */
import type { FastifyInstance } from 'fastify';
import type { Scope } from '../auth/tokens.ts';
import { invariant } from '../domain/errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Scope that a token needs for this route; `open` for none. Every route says it. */
    access?: Scope | 'open';
  }
  interface FastifyInstance {
    /** In the order in which they were added. */
    readonly routeTable: readonly RouteEntry[];
  }
}

export interface RouteEntry {
  readonly method: string;
  /** With its parameters as `:name`. */
  readonly path: string;
  readonly access: Scope | 'open';
}

/** Keeps a table of all routes that are added from now on. A route that does not say who may use it cannot be added. */
export function addRouteTable(app: FastifyInstance): void {
  const table: RouteEntry[] = [];
  app.decorate('routeTable', table);
  app.addHook('onRoute', ({ url, method, config }) => {
    const access = config?.access;
    invariant(access !== undefined, `route ${url} does not say who may use it`);
    for (const each of [method].flat()) table.push({ method: each, path: url, access });
  });
}

/** The methods that a path is known under, in alphabetical order. */
export function methodsOf(app: FastifyInstance, path: string): readonly string[] {
  const known = app.routeTable.filter((route) => matchesPath(route.path, path)).map(({ method }) => method);
  return [...new Set(known)].sort();
}

/** Whether a path fits a route such as `/api/v1/pairs/:id`. */
function matchesPath(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => (part.startsWith(':') ? given[index] !== '' : part === given[index]))
  );
}
