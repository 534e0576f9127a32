import { Command } from 'commander';
import { buildAlsServer, buildServer, openRuntime, type Runtime } from '../../compose.ts';
import {
  type ListenAddress,
  parseTokens,
  readListen,
  readRetention,
  SETTINGS,
  type Token,
} from '../../config.ts';
import { AppError, messageOf } from '../../domain/errors.ts';
import { settingOption } from '../flags.ts';
import { readText } from '../input.ts';
import { type Io, note } from '../io.ts';
import { keepFor } from '../retention.ts';
import { describe, type Session } from '../session.ts';
import { configOf } from '../target-flags.ts';

const HELP = {
  summary: 'Take lines and answer questions over HTTP',
  examples: [
    ['meshwake serve', 'on 127.0.0.1:8710, for this machine'],
    [
      'meshwake serve --listen 0.0.0.0:8710 --token-file tokens',
      'for others, with lines `NAME SCOPE[,SCOPE] TOKEN` in the file',
    ],
    ['meshwake serve --als 127.0.0.1:8711', "and take what proxies send by Envoy's access log service"],
    ['stern . -A -c istio-proxy | meshwake ingest --server http://127.0.0.1:8710', 'what to fill it with'],
  ],
  exits: [],
} as const;

/** Ms that requests under way may take to end after the signal to stop. */
const DRAIN_MS = 10_000;

interface Flags {
  readonly db?: string;
  readonly listen?: string;
  readonly als?: string;
  readonly tokenFile?: string;
  readonly retention?: string;
}

export function serveCommand(session: Session): Command {
  const command = new Command('serve')
    .addOption(settingOption('listen'))
    .addOption(settingOption('als'))
    .addOption(settingOption('db'))
    .addOption(settingOption('retention'))
    .addOption(settingOption('token_file'));
  return describe(command, HELP).action((flags: Flags) => serve(flags, session));
}

async function serve(flags: Flags, session: Session): Promise<void> {
  const { io, version } = session;
  const config = configOf(flags, io);
  const address = readListen(config.get('listen') ?? SETTINGS.listen.default);
  const als = config.get('als');
  const alsAddress = als === null ? null : readListen(als);
  const tokens = await readTokens(config.get('token_file'), { listen: address, als: alsAddress });
  const retention = config.get('retention');
  const keptMs = retention === null ? null : readRetention(retention);
  const db = config.get('db') ?? SETTINGS.db.default;
  const runtime = await openRuntime({ db, mode: 'write', now: io.now });
  try {
    const servers = await startServers(runtime, { address, alsAddress, tokens }, session);
    const [{ url }, proxies] = servers;
    const also = proxies === undefined ? '' : `, and takes access logs of proxies on ${proxies.url}`;
    note(io, `meshwake ${version} serves ${db} on ${url}${also}`);
    const keeping = keptMs === null ? null : keepFor(keptMs, runtime.store, io);
    await stopped(io);
    await keeping?.stop();
    note(io, 'stopping: requests under way are answered first');
    await drain(servers.map(({ server }) => server));
  } finally {
    await runtime.close();
  }
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
  },
  { io, version }: Session,
): Promise<readonly [Started, ...Started[]]> {
  const { address, alsAddress, tokens } = wanted;
  const log = io.stderr;
  const http = await buildServer(runtime, { version, now: io.now, tokens, loopback: address.loopback, log });
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
function stopped(io: Io): Promise<void> {
  return new Promise((resolve) => {
    if (io.interrupted.aborted) resolve();
    else io.interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Lets requests under way end. Errors: `timeout` when they do not; nothing that was acknowledged is lost. */
async function drain(servers: readonly Server[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const message = `cannot wait for requests any longer: they were given ${DRAIN_MS / 1_000} s`;
      reject(
        new AppError('timeout', message, {
          remedy: 'what was acknowledged is kept; senders send the rest again',
        }),
      );
    }, DRAIN_MS);
  });
  await Promise.race([Promise.all(servers.map((server) => server.stop())), late]).finally(() =>
    clearTimeout(timer),
  );
}
