/** `--follow`: an incident is told while lines still come in. */
import t from 'tap';
import { ended, startCli, waitFor } from '../helpers/cli.ts';
import { INCIDENT_LINES } from '../helpers/incident-lines.ts';

const before = INCIDENT_LINES.slice(0, 5)
  .map((line) => `${line}\n`)
  .join('');
const capture = INCIDENT_LINES.slice(5).map((line) => `${line}\n`);

t.test('tells an incident within two seconds of its line, and only once', async (t) => {
  const child = startCli(['--follow', '--output', 'json']);
  const result = ended(child);
  const shown = waitFor(child.stdout, /\n/);
  child.stdin.write(before);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const written = Date.now();
  child.stdin.write(capture[0] ?? '');
  await shown;
  t.ok(Date.now() - written < 2_000, `after ${Date.now() - written} ms`);
  child.stdin.write(capture[1] ?? '');
  await new Promise((resolve) => setTimeout(resolve, 1_200));
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
  const exit = await new Promise((resolve) => child.once('exit', resolve));
  t.match({ exit, stderr }, { exit: 0, stderr: '' });
});
