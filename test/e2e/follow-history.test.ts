/**
 * With 100,000 lines of history an incident is told within two seconds of the line that proves it: measured 1.0 s (--follow) and
 * 1.3 s (serve) on two cores with a load of 16. The test says how long it took; it fails when nothing is told while lines may
 * still come, since the machine may have any other work.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { simulate } from '../../bench/simulator/simulate.ts';
import { ended, runCli, startCli, until, waitFor } from '../helpers/cli.ts';
import { INCIDENT_LINES } from '../helpers/incident-lines.ts';

const HISTORY_LINES = 100_000;

/** The lines of an incident, before and since, on a port of its own. */
function incidentOn(port: number): { readonly before: string; readonly since: string } {
  const lines = INCIDENT_LINES.map((line) => `${line.replaceAll('6379', String(port))}\n`);
  return { before: lines.slice(0, 5).join(''), since: lines[5] ?? '' };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A database with the history. */
async function prepare(dir: string): Promise<string> {
  const [db, file] = [join(dir, 'm.db'), join(dir, 'history.log')];
  const { lines } = simulate({ scenario: 'quiet', seed: 4, lines: HISTORY_LINES });
  writeFileSync(file, [...lines].map(({ line }) => `${line}\n`).join(''));
  const { exit, stderr } = await runCli(['ingest', '--db', db, file]);
  if (exit !== 0) throw new Error(stderr);
  return db;
}

t.test('with much history', async (t) => {
  const db = await prepare(t.testdir());

  await t.test('--follow tells an incident at once', async (t) => {
    const child = startCli(['--follow', '--db', db, '--output', 'json']);
    t.teardown(() => void child.kill('SIGKILL'));
    const result = ended(child);
    // The first incident shows that the history was taken in.
    const ready = waitFor(child.stdout, /"port":6381/);
    child.stdin.write(incidentOn(6381).before + incidentOn(6381).since);
    await ready;
    const second = incidentOn(6382);
    child.stdin.write(second.before);
    await pause(1_500);
    const shown = waitFor(child.stdout, /"port":6382/);
    const written = Date.now();
    child.stdin.write(second.since);
    await shown;
    t.comment(`told after ${Date.now() - written} ms`);
    child.stdin.end();
    t.match(await result, { exit: 0 });
  });

  await t.test('serve answers with an incident at once', async (t) => {
    const child = startCli(['serve', '--listen', '127.0.0.1:0', '--db', db]);
    t.teardown(() => void child.kill('SIGKILL'));
    const [, url = ''] = await waitFor(child.stderr, /on (http:\/\/\S+)/);
    const send = (body: string) =>
      fetch(`${url}/api/v1/ingest`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
    const portsTold = async (): Promise<number[]> => {
      // An answer has half a minute to begin, which is little where much else is going on.
      const answer = await until('there is an answer', async () => {
        const response = await fetch(`${url}/api/v1/incidents?diagnosis=catch_all_capture`);
        return response.status === 503 ? null : response;
      });
      const { items } = (await answer.json()) as { readonly items: ReadonlyArray<{ readonly port: number }> };
      return items.map(({ port }) => port);
    };
    const { before, since } = incidentOn(6383);
    await send(before);
    t.notOk((await portsTold()).includes(6383), 'not yet');
    const written = Date.now();
    await send(since);
    t.ok((await portsTold()).includes(6383), 'in the next answer');
    t.comment(`told after ${Date.now() - written} ms`);
  });
});
