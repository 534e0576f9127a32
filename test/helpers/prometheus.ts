/** Debian's Prometheus: its checks, and the program itself scraping a server of ours. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Why tests with Prometheus cannot run; false where they can. */
export const NO_PROMETHEUS =
  spawnSync('promtool', ['--version']).status === 0 && spawnSync('prometheus', ['--version']).status === 0
    ? false
    : 'no Prometheus here: apt-get install prometheus';

/** Ms: machines may be slow. */
const PATIENCE_MS = 240_000;

/** What `promtool check metrics` says; empty when it has nothing to say. */
export function checkMetrics(text: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return status === 0 ? stdout + stderr : `exit ${status}: ${stdout}${stderr}`;
}

export interface Prometheus {
  /** The result of an expression now. Errors: what Prometheus says of it. */
  query(expression: string): Promise<readonly Sample[]>;
  /** The same, once there is one that `isDone`. */
  waitFor(expression: string, isDone: (samples: readonly Sample[]) => boolean): Promise<readonly Sample[]>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Starts a Prometheus that scrapes `target` every second; it is stopped with the test. `directory` is its own. */
export async function startPrometheus(
  t: { teardown(work: () => unknown): void },
  { target, directory, token = null }: { target: string; directory: string; token?: string | null },
): Promise<Prometheus> {
  const port = await freePort();
  const file = join(directory, 'prometheus.yml');
  const authorization = token === null ? '' : `\n    authorization: { credentials: "${token}" }`;
  writeFileSync(
    file,
    `global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: meshwake${authorization}
    static_configs: [{ targets: ["${new URL(target).host}"] }]
`,
  );
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(directory, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = spawn('prometheus', args, { stdio: 'ignore' });
  t.teardown(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const url = `http://127.0.0.1:${port}`;
  const query = async (expression: string): Promise<readonly Sample[]> => {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { error, data } = (await response.json()) as Answer;
    if (error !== undefined) throw new Error(error);
    return data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  };
  await until(async () => (await fetch(`${url}/-/ready`)).ok);
  return {
    query,
    async waitFor(expression, isDone) {
      let samples: readonly Sample[] = [];
      await until(async () => {
        samples = await query(expression);
        return isDone(samples);
      });
      return samples;
    },
  };
}

interface Answer {
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly value: readonly [number, string];
    }[];
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Waits for a condition; one that throws does not hold yet. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  for (let last: unknown = 'not true'; ; ) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not so after ${PATIENCE_MS} ms`, { cause: last });
    await delay(100);
  }
}
