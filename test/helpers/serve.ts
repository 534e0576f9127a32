/** The real server as a process, stopped with the test. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { startCli, waitFor } from './cli.ts';

export interface Server {
  readonly child: ChildProcessWithoutNullStreams;
  readonly url: string;
  /** The answer to a GET, as JSON. */
  get(path: string): Promise<unknown>;
  /** What of these fields the lines that are held say, oldest first. */
  lines(...fields: readonly string[]): Promise<unknown[][]>;
}

export interface ServeOptions {
  readonly listen?: string;
  readonly token?: string | null;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `meshwake serve` on a free port; `token` is what it is asked with. */
export async function serve(
  t: { teardown(work: () => void): void },
  args: readonly string[],
  { listen = '127.0.0.1:0', token = null, env = {} }: ServeOptions = {},
): Promise<Server> {
  const child = startCli(['serve', '--listen', listen, ...args], { env });
  t.teardown(() => void child.kill('SIGKILL'));
  const [, url = ''] = await waitFor(child.stderr, /on (http:\/\/\S+)/);
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const get = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`, { headers })).json();
  return {
    child,
    url,
    get,
    async lines(...fields) {
      const { items } = (await get('/api/v1/connections?limit=10000')) as {
        items: Record<string, unknown>[];
      };
      return items.reverse().map((item) => fields.map((field) => item[field]));
    },
  };
}
