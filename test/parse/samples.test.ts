/** The files of `samples/`: that they are what the script writes, and that every line is read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { sampleFiles } from '../../scripts/samples.ts';
import type { Outcome, ParsedLine } from '../../src/domain/entry.ts';
import { formatName } from '../../src/domain/format-name.ts';
import { FORMATS } from '../../src/parse/compiled-formats.ts';
import { readAll } from './entries.ts';

const SAMPLES = fileURLToPath(new URL('../../samples', import.meta.url));
const POD = 'planner-6c9f7d8b5d-zr4wn';

t.test('the files are what the script writes', async (t) => {
  const written = sampleFiles();
  const found = ['.', 'envelopes', 'formats'].flatMap((folder) =>
    readdirSync(join(SAMPLES, folder), { withFileTypes: true })
      .filter((file) => file.isFile() && file.name !== 'README.md')
      .map((file) => join(folder, file.name)),
  );
  t.strictSame(found.sort(), [...written.keys()].sort());
  for (const [name, text] of written) t.equal(read(name), text, name);
});

t.test('the incident: every line is accepted, or skipped as what it is', async (t) => {
  const outcomes = readAll(linesOf('incident-article.log'));
  const accepted = acceptedOf(outcomes);
  t.equal(outcomes.length, 74);
  t.strictSame(
    outcomes.flatMap((outcome) => (outcome.kind === 'accepted' ? [] : [reasonOf(outcome)])),
    ['agent_log', 'agent_log', 'agent_log', 'proxy_log', 'agent_log', 'proxy_log'],
  );
  t.strictSame([...new Set(accepted.map((line) => formatName(line.format)))], ['istio-text-1.3']);
  t.ok(accepted.every((line) => line.rebuildable));
  const failed = accepted.filter((line) => line.entry.response_flags.length > 0);
  t.equal(failed.length, 14, 'fourteen calls are captured');
  t.ok(
    failed.every(
      (line) => line.entry.upstream_cluster === 'outbound|5701||grid-ext.billing.svc.cluster.local',
    ),
  );
});

t.test('every envelope gives the same entries', async (t) => {
  const expected = acceptedOf(readAll(linesOf('envelopes/none.log'))).map((line) => line.entry);
  t.equal(expected.length, 8);
  for (const file of readdirSync(join(SAMPLES, 'envelopes'))) {
    const outcomes = readAll(linesOf(`envelopes/${file}`));
    const accepted = acceptedOf(outcomes);
    t.strictSame(
      accepted.map((line) => line.entry),
      expected,
      file,
    );
    const others = outcomes.filter((outcome) => outcome.kind !== 'accepted').map(reasonOf);
    const status = file === 'stern-status.log' ? new Array(6).fill('stern_status') : [];
    t.strictSame(others.sort(), ['agent_log', ...status], `${file}: the rest is skipped`);
  }
});

t.test('every envelope is told, and who wrote the line as far as it says so', async (t) => {
  const pod = { pod: POD, namespace: null, container: 'istio-proxy', node: null };
  const spaced = { ...pod, namespace: 'harvest' };
  const whole = { ...spaced, node: 'pool-a-7f3e' };
  const nobody = { pod: null, namespace: null, container: null, node: null };
  const rows: [file: string, envelope: string, identity: object][] = [
    ['none.log', 'none', nobody],
    ['stern.log', 'stern', pod],
    ['stern-namespaces.log', 'stern', spaced],
    ['stern-timestamps.log', 'stern-timestamps', pod],
    ['stern-timestamps-short.log', 'stern-timestamps', pod],
    ['stern-missing-timestamp.log', 'stern-timestamps', pod],
    ['stern-coloured.log', 'stern', pod],
    ['stern-status.log', 'stern', pod],
    ['stern-json.ndjson', 'stern-json', whole],
    ['stern-extjson.ndjson', 'stern-extjson', spaced],
    ['stern-ppextjson.log', 'stern-extjson', spaced],
    ['kubectl-prefix.log', 'kubectl-prefix', pod],
    ['kubectl-timestamps.log', 'kubectl-timestamps', nobody],
    ['kubectl-prefix-timestamps.log', 'kubectl-prefix-timestamps', pod],
    ['cri.log', 'cri', nobody],
    ['docker.ndjson', 'docker', nobody],
    ['compose.log', 'compose', { ...nobody, container: `${POD}_1` }],
    ['fluent-bit.ndjson', 'fluent-bit', whole],
    ['vector.ndjson', 'vector', whole],
    ['filebeat.ndjson', 'filebeat', whole],
    ['logstash.ndjson', 'json', spaced],
    ['loki.ndjson', 'loki', whole],
  ];
  t.strictSame(rows.map(([file]) => file).sort(), readdirSync(join(SAMPLES, 'envelopes')).sort());
  for (const [file, envelope, identity] of rows) {
    const accepted = acceptedOf(readAll(linesOf(`envelopes/${file}`)));
    t.strictSame([...new Set(accepted.map((line) => line.envelope))], [envelope], file);
    const ofPod = accepted.find((line) => line.entry.downstream_remote_address?.startsWith('10.36.2.21:'));
    t.strictSame(ofPod?.identity, identity, file);
  }
});

t.test('every line of every format is read in that format', async (t) => {
  for (const format of FORMATS) {
    const lines = linesOf(`formats/${format.name}.log`);
    t.ok(lines.length > 0, format.name);
    const told = acceptedOf(readAll(lines)).map((line) => formatName(line.format));
    t.strictSame(told, new Array(lines.length).fill(format.readAs ?? format.name));
  }
});

function read(name: string): string {
  return readFileSync(join(SAMPLES, name), 'utf8');
}

function linesOf(name: string): string[] {
  return read(name).replace(/\n$/, '').split('\n');
}

function acceptedOf(outcomes: readonly Outcome[]): ParsedLine[] {
  return outcomes.flatMap((outcome) => (outcome.kind === 'accepted' ? [outcome.line] : []));
}

function reasonOf(outcome: Outcome): string {
  return outcome.kind === 'accepted' ? 'accepted' : outcome.reason;
}
