import t from 'tap';
import { at, cluster, incidentsOf, out, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const VIP = '10.96.0.10:5432';
const NAMED = { cluster: cluster(5432, 'db.data.svc.cluster.local'), host: '10.2.0.9:5432' };
const worked = (count: number, every: number) =>
  Array.from({ length: count }, (_, i) => out(web, VIP, { time: at(i * every), ...NAMED }));
const failed = (count: number, from: number, everyMs: number) =>
  Array.from({ length: count }, (_, i) =>
    out(web, VIP, {
      time: at(from) + i * everyMs,
      ...NAMED,
      duration: 2,
      response_flags: ['UF', 'URX'],
      upstream_transport_failure_reason: 'delayed_connect_error:_111',
    }),
  );
const diagnoses = async (lines: Parameters<typeof incidentsOf>[0]) =>
  (await incidentsOf(lines)).map((incident) => incident.diagnosis).sort();

t.test('many times as many attempts as before are told beside the reason why they fail', async (t) => {
  const lines = [...worked(6, 1), ...failed(60, 10, 200)];
  t.strictSame(await diagnoses(lines), ['connection_refused', 'retry_storm']);
  const storm = (await incidentsOf(lines)).find((incident) => incident.diagnosis === 'retry_storm');
  t.match(storm, {
    severity: 'medium',
    onset: { after: '2024-05-01T10:05:00.000Z', before: '2024-05-01T10:10:00.000Z' },
    failures: 60,
    ended: null,
  });
  t.match(storm?.evidence[0], /60 attempts failed .* 30\d a minute; before, 1 a minute worked/);
});

t.test(
  'the same number at the usual rate is no storm, nor are few, nor what nobody can compare',
  async (t) => {
    t.strictSame(
      await diagnoses([...worked(6, 1), ...failed(55, 10, 50_000)]),
      ['connection_refused'],
      'usual rate',
    );
    t.strictSame(await diagnoses([...worked(6, 1), ...failed(49, 10, 200)]), ['connection_refused'], 'few');
    t.strictSame(await diagnoses(failed(60, 10, 200)), ['connection_refused'], 'nothing before');
  },
);
