// Promises: A2 (docs/reliability.md).
/** Sending to a server that is killed in the middle, again and again: nothing is lost, and nothing counts twice. */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { ended, runCli, startCli, waitFor } from '../helpers/cli.ts';

const LINES = 12_000;
const KILLS = 3;

/** Lines of one pod, each another connection; some are no access logs, some cannot be read, some come twice. */
function makeLines(): string[] {
  return Array.from({ length: LINES }, (_, at) => {
    if (at % 400 === 7) return 'web-0 istio-proxy 2024-03-05T09:15:00.000000Z\tinfo\txdsproxy\tconnected';
    if (at % 500 === 9) return `web-0 istio-proxy no access log ${at}`;
    const number = at % 100 === 3 ? at - 1 : at;
    const start = new Date(Date.UTC(2024, 2, 5, 9) + number * 37).toISOString();
    const port = 20_000 + (number % 40_000);
    return (
      `web-0 istio-proxy [${start}] "- - -" 0 - - - "-" ${number % 977} ${number % 1_313} ${number % 211} - "-" "-" "-" "-" "10.40.2.8:6379" ` +
      `outbound|6379||cache.shop.svc.cluster.local 10.40.1.5:${port} 10.96.14.20:6379 10.40.1.5:${port + 1} - default`
    );
  });
}

/** A port that is free now; the server has to come back under the same one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

t.test('a server that is killed in the middle ends up with what a local ingest stores', async (t) => {
  const directory = t.testdir();
  const [remote, local] = [join(directory, 'remote.db'), join(directory, 'local.db')];
  const listen = `127.0.0.1:${await freePort()}`;
  const start = async () => {
    const child = startCli(['serve', '--listen', listen, '--db', remote]);
    t.teardown(() => void child.kill('SIGKILL'));
    await waitFor(child.stderr, /on (http:\/\/\S+)/);
    return child;
  };
  const lines = makeLines();
  let server = await start();
  const sender = startCli(['ingest', '--server', `http://${listen}`, '-o', 'json']);
  t.teardown(() => void sender.kill('SIGKILL'));
  sender.stdin.on('error', () => {});
  const result = ended(sender);
  const write = (from: number, to: number) => sender.stdin.write(`${lines.slice(from, to).join('\n')}\n`);
  const size = LINES / (KILLS + 1);
  for (let part = 0; part < KILLS; part++) {
    const from = part * size;
    write(from, from + size / 2);
    // Anywhere between reading, storing and answering.
    await sleep(900 + 150 * part);
    server.kill('SIGKILL');
    await ended(server);
    // However slow all of it is, these lines find the server gone.
    const retried = waitFor(sender.stderr, /trying again in/);
    write(from + size / 2, from + size);
    await retried;
    server = await start();
  }
  write(KILLS * size, LINES);
  sender.stdin.end();
  const { stdout, stderr, exit } = await result;
  t.equal(exit, 0, stderr);
  t.match(stderr, /trying again in/, 'it had to try again');
  server.kill('SIGTERM');
  t.match(await ended(server), { exit: 0 });

  const locally = await runCli(['ingest', '--db', local, '-o', 'json'], { stdin: `${lines.join('\n')}\n` });
  const [sent, read] = [JSON.parse(stdout), JSON.parse(locally.stdout)];
  t.equal(sent.received, LINES);
  for (const name of ['received', 'skipped', 'rejected']) t.equal(sent[name], read[name], name);
  t.equal(sent.accepted + sent.duplicates, read.accepted + read.duplicates);
  const told = [...stderr.matchAll(/([\d,]+) lines? of the batch sent again had been stored already/g)];
  const storedBefore = told.reduce((sum, [, count]) => sum + Number(count?.replaceAll(',', '')), 0);
  t.ok(
    sent.duplicates - read.duplicates <= storedBefore,
    'what counts as a duplicate more than it should is told',
  );
  const dump = async (db: string) => (await runCli(['get', 'connections', '--db', db, '-o', 'csv'])).stdout;
  const [there, here] = [await dump(remote), await dump(local)];
  t.equal(here.trimEnd().split('\n').length, read.accepted + 1);
  t.ok(there === here, 'the same lines are stored, byte for byte');
});
