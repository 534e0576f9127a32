/** `--follow`: an incident is told while lines still come in. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { ended, startCli, waitFor } from '../helpers/cli.ts';
import { INCIDENT_LINES } from '../helpers/incident-lines.ts';

const before = INCIDENT_LINES.slice(0, 5)
  .map((line) => `${line}\n`)
  .join('');
const capture = INCIDENT_LINES.slice(5).map((line) => `${line}\n`);

t.test('tells an incident while lines may still come, and only once', async (t) => {
  const child = startCli(['--follow', '--output', 'json']);
  const result = ended(child);
  const shown = waitFor(child.stdout, /\n/);
  child.stdin.write(before);
  // Time to look at these lines alone, and below to show the incident a second time; nothing depends on its being enough.
  await delay(1_500);
  const written = Date.now();
  child.stdin.write(capture[0] ?? '');
  await shown;
  t.comment(`told after ${Date.now() - written} ms`);
  child.stdin.write(capture[1] ?? '');
  await delay(1_500);
  child.stdin.end();
  const { stdout, stderr, exit } = await result;
  const incidents = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.match(incidents, [{ diagnosis: 'catch_all_capture', port: 6379, connections: 1 }]);
  t.equal(incidents.length, 1, 'once');
  t.match(stderr, '7 lines read');
  t.equal(exit, 0);
});

t.test('says when an incident that was told gets worse, and when it is over', async (t) => {
  const child = startCli(['--follow', '--output', 'json']);
  const result = ended(child);
  const [first = ''] = capture;
  child.stdin.write(before + first);
  await waitFor(child.stdout, /\n/);
  // The same again, seconds later, from the same pod: most connections fail now.
  const again = [1, 2, 3].map((n) =>
    first.replace(
      /(\d\d):(\d\d)\.(\d)/,
      (_, m, s, f) => `${m}:${String((Number(s) + n) % 60).padStart(2, '0')}.${f}`,
    ),
  );
  child.stdin.write(again.join(''));
  await waitFor(child.stderr, /is critical now, with [34] connections/);
  child.stdin.end();
  const { stdout } = await result;
  t.equal(stdout.trimEnd().split('\n').length, 1, 'it is shown once');
});

t.test('started again on the same database it counts what it told, and tells the news alone', async (t) => {
  const db = join(t.testdir(), 'mesh.db');
  const first = startCli(['--follow', '--output', 'json', '--db', db]);
  first.stdin.end(before + capture.join(''));
  t.match(await ended(first), { exit: 0, stdout: /"port":6379/ });
  const child = startCli(['--follow', '--output', 'json', '--db', db]);
  const result = ended(child);
  await waitFor(child.stderr, /1 incident known already, 1 of them open: see `meshwake get incidents --db /);
  // A collector that starts again sends again what it has.
  child.stdin.write(before + capture.join(''));
  child.stdin.end((before + capture.join('')).replaceAll('6379', '6380'));
  const { stdout, exit } = await result;
  t.equal(exit, 0);
  t.strictSame(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).port),
    [6380],
  );
});

t.test('says when an incident that was told turns out to be none', async (t) => {
  const [call = ''] = INCIDENT_LINES;
  const late = (second: number, rest: string) =>
    `cache-5d8f7c9b64-z7k4m istio-proxy [2024-03-05T09:30:0${second}.000Z] "- - -" ${rest} outbound|6379||cache.shop.svc.cluster.local`;
  const fails = late(1, '0 UH - - "-" 0 0 1 - "-" "-" "-" "-" "-"');
  const works = late(9, '0 - - - "-" 180 220 310 - "-" "-" "-" "-" "10.40.2.8:6379"');
  const child = startCli(['--follow', '--output', 'json']);
  const result = ended(child);
  child.stdin.write(`${call}\n${fails} - 10.96.14.20:6379 10.40.1.7:38210 - default\n`);
  await waitFor(child.stdout, /"diagnosis":"no_endpoints"/);
  child.stdin.write(`${works} 10.40.1.7:40114 10.96.14.20:6379 10.40.1.7:38212 - default\n`);
  await waitFor(child.stderr, /incident \S+ is withdrawn: further lines explain otherwise what it told/);
  child.stdin.end();
  t.match(await result, { exit: 0 });
});

t.test('Ctrl-C ends it with the tally, and 130', async (t) => {
  const child = startCli(['--follow']);
  const result = ended(child);
  child.stdin.write(before + capture.join(''));
  await waitFor(child.stdout, /HIGH/);
  child.kill('SIGINT');
  t.match(await result, { exit: 130, stderr: /7 lines read: 6 accepted/ });
});

t.test('a reader that went away ends it with the next incident, quietly', async (t) => {
  const child = startCli(['--follow']);
  child.stdin.on('error', () => {});
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const lines = before + capture.join('');
  child.stdin.write(lines);
  await waitFor(child.stdout, /HIGH/);
  child.stdout.destroy();
  child.stdin.write(lines.replaceAll('6379', '6380'));
  const exit = await new Promise((resolve) => child.once('close', resolve));
  t.match({ exit, stderr }, { exit: 0, stderr: '' });
});
