/** The servers over a runtime, each loaded only where it is asked for. */
import type { Token } from '../config.ts';
import { WEB_PAGE } from '../domain/package-files.ts';
import type { ReportDesk } from '../domain/report-desk.ts';
import type { AlsServer } from '../grpc/als-server.ts';
import type { Runtime } from './runtime.ts';

/** A server that has not listened yet. */
export interface HttpServer {
  /** Returns the URL it can be reached at. Errors: those of the system, with their code. */
  listen(address: { readonly host: string; readonly port: number }): Promise<string>;
  /** Takes no new requests, and resolves when those under way are answered. */
  stop(): Promise<void>;
  /** Ends at once. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly version: string;
  readonly now: () => number;
  /** Who may ask for what; null when everybody may. */
  readonly tokens: readonly Token[] | null;
  /** Whether only this machine can reach the address to listen on. */
  readonly loopback: boolean;
  /** Where internal errors are told. */
  readonly log: { write(line: string): unknown };
  /** Whoever looks after reports. */
  readonly office: ReportDesk;
}

/** The HTTP side over an open database. Loaded only here: the other commands start faster without it. */
export async function buildServer(runtime: Runtime, options: ServerOptions): Promise<HttpServer> {
  const { buildApp } = await import('../http/app.ts');
  const { TIMEOUTS } = await import('../http/deps.ts');
  const { loadPage } = await import('../http/page-files.ts');
  let draining = false;
  const app = await buildApp({
    ...options,
    reports: runtime.store.reports,
    analysis: runtime.analysis,
    answers: runtime.answers,
    newIngest: runtime.newIngest,
    arrivals: runtime.arrivals,
    meter: runtime.meter,
    condition: () => runtime.store.condition(),
    page: loadPage(WEB_PAGE),
    isDraining: () => draining,
    timeouts: TIMEOUTS,
  });
  return {
    listen: (address) => app.listen(address),
    async stop() {
      draining = true;
      await app.close();
    },
    close: () => app.close(),
  };
}

/** The server for Envoy's access log service, which has not listened. Loaded only where it is asked for. */
export async function buildAlsServer(
  { newIngest }: Runtime,
  { tokens, log }: Pick<ServerOptions, 'tokens' | 'log'>,
): Promise<AlsServer> {
  const als = await import('../grpc/als-server.ts');
  return als.buildAlsServer({ newIngest, tokens, log });
}
