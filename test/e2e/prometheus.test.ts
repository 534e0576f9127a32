/** Prometheus itself reads our numbers. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ROOT } from '../helpers/cli.ts';
import { checkMetrics, NO_PROMETHEUS, startPrometheus } from '../helpers/prometheus.ts';
import { serve } from '../helpers/serve.ts';

const ARTICLE = readFileSync(join(ROOT, 'samples', 'incident-article.log'));

async function post(url: string, body: string | Buffer, token: string): Promise<void> {
  const headers = { 'content-type': 'text/plain', authorization: `Bearer ${token}` };
  const response = await fetch(`${url}/api/v1/ingest`, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(await response.text());
}

t.test('promtool has nothing to say against the metrics', { skip: NO_PROMETHEUS }, async (t) => {
  const { url } = await serve(t, ['--db', join(t.testdir({}), 'm.db')]);
  await post(url, ARTICLE, 'none');
  await post(url, '[2024] no such line\n', 'none');
  await (await fetch(`${url}/api/v1/incidents`)).text();
  const text = await (await fetch(`${url}/metrics`)).text();
  t.match(text, /^meshwake_lines_rejected_total\{reason="\w+"\} 1$/m);
  t.equal(checkMetrics(text), '');
  t.match(
    checkMetrics(text.replaceAll('meshwake_lines_accepted_total', 'meshwake_linesAccepted')),
    /camelCase|counter/,
  );
});

t.test('Prometheus scrapes the server, with a token', { skip: NO_PROMETHEUS }, async (t) => {
  const directory = t.testdir({});
  const token = 'dGhlLXRva2VuLW9mLXByb21ldGhldXMtaW4tYS10ZXN0';
  const file = join(directory, 'tokens');
  writeFileSync(file, `all ingest,read ${token}\n`, { mode: 0o600 });
  const { url } = await serve(t, ['--db', join(directory, 'm.db'), '--token-file', file], { token });
  const own = join(directory, 'prometheus');
  mkdirSync(own);
  const prometheus = await startPrometheus(t, { target: url, directory: own, token });
  const [up] = await prometheus.waitFor('up{job="meshwake"}', ([sample]) => sample?.value === 1);
  t.match(up?.labels, { instance: new URL(url).host });
  await post(url, ARTICLE, token);
  const [accepted] = await prometheus.waitFor(
    'meshwake_lines_accepted_total',
    ([sample]) => sample?.value === 68,
  );
  t.equal(accepted?.value, 68);
  const balance =
    'meshwake_lines_received_total - meshwake_lines_accepted_total - meshwake_lines_duplicates_total' +
    ' - meshwake_lines_skipped_total - (sum without (reason) (meshwake_lines_rejected_total) or meshwake_lines_received_total * 0)';
  // Where one scrape was late, Prometheus has no numbers until the next one.
  const [sum] = await prometheus.waitFor(balance, (samples) => samples.length === 1);
  t.equal(sum?.value, 0);
  await prometheus.waitFor('count(meshwake_build_info == 1)', ([sample]) => sample?.value === 1);
});
