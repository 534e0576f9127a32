/** Questions to the API, as anybody could ask them. */
import type { Problem } from './problem.ts';
import { tokenHeaders } from './token.ts';

export type Parameters = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

/** An answer that is none: what the server said of it, or that it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem | null;

  constructor(message: string, status: number, problem: Problem | null) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

/** `/api/v1/…` with its parameters; what is null, undefined or empty is left out. */
export function apiPath(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== null && each !== undefined && each !== '') query.append(name, String(each));
    }
  }
  const text = query.toString();
  return `/api/v1/${path}${text === '' ? '' : `?${text}`}`;
}

/** Calls under way, by who waits for them: several panels of a view may rest on the same one. */
const underWay = new WeakMap<AbortSignal, Map<string, Promise<unknown>>>();

/** Errors: ApiError; what `signal` aborts rejects with its reason. */
export async function getJson<T>(path: string, signal: AbortSignal): Promise<T> {
  const calls = underWay.get(signal) ?? new Map<string, Promise<unknown>>();
  underWay.set(signal, calls);
  const call = calls.get(path) ?? askJson(path, signal).finally(() => calls.delete(path));
  calls.set(path, call);
  // The schemas of the routes and the types of `domain/` are held against each other by tests of the server.
  return (await call) as T;
}

async function askJson(path: string, signal: AbortSignal): Promise<unknown> {
  return (await ask(path, signal, 'application/json')).json();
}

/** Has the server do something, by a request without a body. Errors: as {@link getJson}. */
export async function sendJson<T>(path: string, signal: AbortSignal): Promise<T> {
  // As with getJson, the caller says by T what is answered.
  return (await (await ask(path, signal, 'application/json', {}, 'POST')).json()) as T;
}

/** As {@link getJson}, for what is no JSON. */
export async function getText(path: string, signal: AbortSignal, accept = 'text/plain'): Promise<string> {
  return (await ask(path, signal, accept)).text();
}

/** The answer itself, for what is read as it comes. */
export async function ask(
  path: string,
  signal: AbortSignal,
  accept: string,
  more: Readonly<Record<string, string>> = {},
  method: 'GET' | 'POST' = 'GET',
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: { accept, ...more, ...tokenHeaders() },
      credentials: 'omit',
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError('cannot reach the server', 0, null);
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  throw new ApiError(problem?.detail ?? `the server answered ${response.status}`, response.status, problem);
}

async function problemOf(response: Response): Promise<Problem | null> {
  if (!(response.headers.get('content-type') ?? '').startsWith('application/problem+json')) return null;
  try {
    return (await response.json()) as Problem;
  } catch {
    return null;
  }
}
