/** Evidence as commands hand it on: from a server or a file, through a file or a pipe, to the same incident. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runCli } from '../helpers/cli.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';
import { serve } from '../helpers/serve.ts';

t.test('evidence is written, and read back to the same incident', async (t) => {
  const directory = t.testdir({ 'proxy.log': INCIDENT_TEXT });
  const db = join(directory, 'm.db');
  t.match(await runCli(['ingest', '--db', db, join(directory, 'proxy.log')]), { exit: 0 });
  const listed = JSON.parse((await runCli(['get', 'incidents', '--db', db, '-o', 'json'])).stdout);
  const [incident] = listed.items;
  const written = await runCli(['get', 'incidents', incident.id, '--evidence', '--db', db]);
  t.match(written, { exit: 0, stderr: '' });
  const server = await serve(t, ['--db', db]);
  const remote = await runCli(['get', 'incidents', incident.id, '--evidence', '--server', server.url]);
  t.strictSame(JSON.parse(remote.stdout), JSON.parse(written.stdout), 'a server tells the same');

  const file = join(directory, 'evidence.json');
  writeFileSync(file, written.stdout);
  for (const [args, stdin] of [
    [[file], ''],
    [['-'], written.stdout],
    [['-'], JSON.stringify(JSON.parse(written.stdout))],
  ] as const) {
    const { stdout, stderr, exit } = await runCli(['analyze', '--output', 'json', ...args], { stdin });
    t.equal(exit, 0, stderr);
    t.match(stderr, `incident ${incident.id} is told the same as in the document`);
    const [again] = JSON.parse(stdout).incidents;
    t.strictSame(again, incident);
  }

  const document = JSON.parse(written.stdout);
  document.lines.pop();
  const cut = await runCli(['analyze', '-'], { stdin: JSON.stringify(document) });
  t.match(cut.stderr, /told otherwise than in the document of evidence: connections is 2; .* tell 1/);
});

t.test('what is no single incident has no evidence', async (t) => {
  for (const args of [['incidents'], ['pairs', 'x'], ['incidents', 'x', '-o', 'csv']])
    t.match(await runCli(['get', ...args, '--evidence']), { exit: 2, stderr: /evidence/ });
});
