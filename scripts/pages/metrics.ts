import { describeApp } from './api.ts';
import { page, table } from './markdown.ts';

const OURS = /^# HELP (meshwake_\S+) (.*)\n# TYPE \S+ (\S+)$/gm;

/** docs/metrics.md: every number of ours that `/metrics` tells. */
export async function metricsPage(): Promise<string> {
  const app = await describeApp();
  const { body } = await app.inject({ url: '/metrics', headers: { host: 'localhost' } });
  await app.close();
  const rows = [...body.matchAll(OURS)].map(([, name = '', help = '', type = '']) => [
    { code: name },
    type,
    help,
  ]);
  return page('Metrics', '`src/http/metrics.ts`', [
    'What `GET /metrics` tells Prometheus, beside the numbers of Node.js (`process_…`, `nodejs_…`). Where there are tokens it ' +
      'needs one with the scope `read`. Numbers are of the process: they begin at 0 when it starts.',
    'Every line has one outcome: `received` = `accepted` + `duplicates` + `skipped` + `rejected` + `failed` + `lines_in_flight`. ' +
      'Only accepted lines and duplicates were acknowledged; failed ones are sent again by their senders.',
    table(['name', 'type', 'what it is'], rows),
    'Worth an alert: `meshwake_store_ok == 0`, `meshwake_disk_below_floor == 1`, `rate(meshwake_lines_failed_total[5m]) > 0`, and ' +
      'a growing share of `meshwake_lines_rejected_total`, whose label `reason` is what `meshwake get coverage` tells by pod.',
  ]);
}
