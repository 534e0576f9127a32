/** `meshwake serve`: takes lines and answers questions over HTTP. */
import { openRuntimeApart } from '../../compose/apart.ts';
import type { Office } from '../../compose/reports.ts';
import type { Runtime } from '../../compose/runtime.ts';
import { buildAlsServer, buildServer } from '../../compose/server.ts';
import {
  type ListenAddress,
  parseTokens,
  readListen,
  readRetention,
  SETTINGS,
  type Token,
} from '../../config.ts';
import { AppError, messageOf } from '../../domain/errors.ts';
import { NO_FILTER } from '../../domain/filter.ts';
import { DRAIN_MS_MAX, FAILED_DRAIN_MS_MAX, OFFICE_MS_MAX } from '../../domain/limits.ts';
import { NO_PLAN } from '../../domain/report-plan.ts';
import { type Io, note } from '../io.ts';
import { keepFor } from '../retention.ts';
import type { Session } from '../session.ts';
import { configOf, diskFloorOf } from '../target-flags.ts';
import { readText } from '../text-file.ts';

export interface ServeFlags {
  readonly db?: string;
  readonly listen?: string;
  readonly als?: string;
  readonly tokenFile?: string;
  readonly retention?: string;
  readonly diskFloor?: string;
  readonly config?: string;
}

export async function serve(flags: ServeFlags, session: Session): Promise<void> {
  const { io, version } = session;
  const config = configOf(flags, io);
  const address = readListen(config.get('listen') ?? SETTINGS.listen.default);
  const als = config.get('als');
  const alsAddress = als === null ? null : readListen(als);
  const tokens = await readTokens(config.get('token_file'), { listen: address, als: alsAddress });
  const retention = config.get('retention');
  const keptMs = retention === null ? null : readRetention(retention);
  const db = config.get('db') ?? SETTINGS.db.default;
  const diskFloor = diskFloorOf(config);
  const file = config.get('config');
  const { createReportOffice, readPlan } = await import('../../compose/reports.ts');
  const plan = file === null ? NO_PLAN : await readPlan(file, { env: io.env, now: io.now });
  const failed = createFailure();
  const runtime = await openRuntimeApart({ db, diskFloor, onFailure: failed.tell });
  try {
    const office = createReportOffice(runtime, plan, { now: io.now, tell: (message) => note(io, message) });
    const servers = await startServers(runtime, { address, alsAddress, tokens, office }, session);
    const [{ url }, proxies] = servers;
    const also = proxies === undefined ? '' : `, and takes access logs of proxies on ${proxies.url}`;
    note(io, `meshwake ${version} serves ${db} on ${url}${also}`);
    // All that is stored is judged now: whoever looks first would wait for it. What fails here fails for them, too.
    void runtime.analysis.incidentHeads(NO_FILTER).catch(() => {});
    await office.start();
    const keeping = keptMs === null ? null : keepFor({ keepMs: keptMs }, runtime.store, io);
    const failure = await Promise.race([stopped(io), failed.error]);
    if (failure !== null) note(io, `stopping: ${failure.message}; nothing more is taken or answered`);
    else note(io, 'stopping: requests under way are answered first');
    await keeping?.stop();
    await inTime(office.stop(), OFFICE_MS_MAX);
    const listening = servers.map(({ server }) => server);
    if (failure === null) await drain(listening, DRAIN_MS_MAX);
    // The error that led here is the one to end with.
    else await drain(listening, FAILED_DRAIN_MS_MAX).catch(() => {});
    if (failure !== null) throw failure;
  } catch (error) {
    await runtime.close().catch(() => {});
    throw error;
  }
  await runtime.close();
}

/** The failure of the store, to wait for. */
function createFailure(): { readonly error: Promise<AppError>; tell(error: AppError): void } {
  let tell: (error: AppError) => void = () => {};
  const error = new Promise<AppError>((resolve) => {
    tell = resolve;
  });
  return { error, tell: (caught) => tell(caught) };
}

/** What can listen and stop. */
type Server = Pick<Awaited<ReturnType<typeof buildServer>>, 'listen' | 'stop'>;
interface Started {
  readonly server: Server;
  readonly url: string;
}

/** Starts HTTP, and the access log service where there is an address for it. Errors: `port_in_use`, `listen_failed`. */
async function startServers(
  runtime: Runtime,
  wanted: {
    readonly address: ListenAddress;
    readonly alsAddress: ListenAddress | null;
    readonly tokens: readonly Token[] | null;
    readonly office: Office;
  },
  { io, version }: Session,
): Promise<readonly [Started, ...Started[]]> {
  const { address, alsAddress, tokens, office } = wanted;
  const log = io.stderr;
  const { loopback } = address;
  const http = await buildServer(runtime, { version, now: io.now, tokens, loopback, log, office });
  const started = { server: http, url: await listen(http, address, 'listen') };
  if (alsAddress === null) return [started];
  try {
    const als = await buildAlsServer(runtime, { tokens, log });
    return [started, { server: als, url: await listen(als, alsAddress, 'als') }];
  } catch (error) {
    await http.close();
    throw error;
  }
}

/** Errors: `port_in_use`, `listen_failed`. */
async function listen(
  server: Server,
  { host, port }: ListenAddress,
  setting: 'listen' | 'als',
): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    await server.stop();
    const code = error instanceof Error && 'code' in error ? error.code : null;
    const where = `${host}:${port}`;
    const remedy = setting === 'als' ? { remedy: 'choose another address with --als HOST:PORT' } : {};
    if (code === 'EADDRINUSE')
      throw new AppError('port_in_use', `cannot listen on ${where}: another program does`, remedy);
    const cause = code === 'EACCES' ? 'permission denied' : messageOf(error);
    throw new AppError('listen_failed', `cannot listen on ${where}: ${cause}`, { cause: error, ...remedy });
  }
}

/** Errors: `token_required` for an address that others can reach. */
async function readTokens(
  file: string | null,
  addresses: Readonly<Record<'listen' | 'als', ListenAddress | null>>,
): Promise<readonly Token[] | null> {
  if (file !== null) return parseTokens(await readText(file));
  const flag = addresses.listen?.loopback === false ? 'listen' : 'als';
  const address = addresses[flag];
  if (address === null || address.loopback) return null;
  throw new AppError(
    'token_required',
    `cannot listen on ${address.host}:${address.port}: other machines can reach it, and no --token-file is given`,
    {
      remedy: `give --token-file FILE, or serve this machine alone with --${flag} 127.0.0.1:${address.port}`,
    },
  );
}

/** Resolves with the first signal to stop. */
function stopped(io: Io): Promise<null> {
  return new Promise((resolve) => {
    if (io.interrupted.aborted) resolve(null);
    else io.interrupted.addEventListener('abort', () => resolve(null), { once: true });
  });
}

/** Lets requests under way end. Errors: `timeout` when they do not; nothing that was acknowledged is lost. */
async function drain(servers: readonly Server[], ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `cannot wait for requests any longer: they were given ${ms / 1_000} s`;
      reject(
        new AppError('timeout', message, {
          remedy: 'what was acknowledged is kept; senders send the rest again',
        }),
      );
    }, ms);
  });
  await Promise.race([Promise.all(servers.map((server) => server.stop())), late]).finally(() =>
    clearTimeout(timer),
  );
}

/** Waits for some work, and no longer than so many ms. */
async function inTime(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
