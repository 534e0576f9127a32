import t from 'tap';
import type { ParsedLine } from '../../../src/domain/entry.ts';
import { at, cluster, incidentsOf, into, matchEach, out, pod, shiftsOf } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const NAME = cluster(443, 'partner.example');
const DIALLED = '240.240.0.7:443';
const calls = (host: string, from: number, count = 8): ParsedLine[] =>
  Array.from({ length: count }, (_, i) => out(web, DIALLED, { time: at(from + i), cluster: NAME, host }));
const OLD = '203.0.113.5:443';
const NEW = '198.51.100.7:443';

t.test('other hosts for good behind a name of DNS are told', async (t) => {
  const incidents = await incidentsOf([...calls(OLD, 1), ...calls(NEW, 20)]);
  matchEach(t, incidents, [
    {
      diagnosis: 'dns_upstream_changed',
      severity: 'info',
      port: 443,
      upstream_cluster: NAME,
      onset: { after: '2024-05-01T10:08:00.000Z', before: '2024-05-01T10:20:00.000Z' },
      sources: [{ pod: web.name }],
    },
  ]);
  t.match(incidents[0]?.evidence.join(' '), /Until .* 8 connections went to 203\.0\.113\.5:443/);
});

t.test('each client whose hosts were replaced has a shift', async (t) => {
  const lines = [...calls(OLD, 1), ...calls(NEW, 20)];
  const [incident] = await incidentsOf(lines);
  const shifts = await shiftsOf(lines);
  matchEach(t, shifts, [
    {
      from: { upstream_cluster: NAME, upstream_hosts: [OLD] },
      to: { upstream_cluster: NAME, upstream_hosts: [NEW] },
      last_before: '2024-05-01T10:08:00.000Z',
      first_after: '2024-05-01T10:20:00.000Z',
      before: { connections: 8, failures: 0 },
      after: { connections: 8, failures: 0, bytes: 240 },
      evidence: 'g4',
      incident_id: incident?.id,
    },
  ]);
  t.match(shifts[0]?.kind, /^(service|unknown)_to_\1$/);
  t.strictSame(incident?.shifts, [shifts[0]?.id]);
  t.strictSame(await shiftsOf([...lines, ...calls(OLD, 40)]), [], 'none where they come back');
});

t.test('answers that rotate, come back or are few are no change', async (t) => {
  t.strictSame(await incidentsOf([...calls(OLD, 1), ...calls(NEW, 20), ...calls(OLD, 40)]), [], 'back');
  const third = calls('192.0.2.3:443', 40);
  t.strictSame(await incidentsOf([...calls(OLD, 1), ...calls(NEW, 20), ...third]), [], 'rotating');
  t.strictSame(await incidentsOf([...calls(OLD, 1), ...calls(NEW, 20, 3)]), [], 'few');
  const both = [...calls(OLD, 1), ...calls(OLD, 20, 1), ...calls(NEW, 19)];
  t.strictSame(await incidentsOf(both), [], 'at once');
});

t.test('a name that leads to the address of a service since is told as that', async (t) => {
  const service = [1, 2].map((minute) =>
    out(web, '10.96.0.10:5432', {
      time: at(minute),
      cluster: cluster(5432, 'db.data.svc.cluster.local'),
      host: `10.1.0.${9 + minute}:5432`,
    }),
  );
  matchEach(t, await incidentsOf([...service, ...calls(OLD, 1), ...calls('10.96.0.77:443', 20)]), [
    { diagnosis: 'strict_dns_to_cluster_ip', severity: 'info' },
  ]);
  t.strictSame(await incidentsOf([...service, ...calls('10.96.0.77:443', 1, 16)]), [], 'always so');
});

t.test('pods of a service that are replaced are no answer of DNS, read or not', async (t) => {
  const served = (ip: string, from: number) => {
    const server = pod('db', ip, ip.endsWith('1') ? 'bb2cc' : 'dd4ff', 'data');
    const name = cluster(5432, 'db.data.svc.cluster.local');
    return Array.from({ length: 8 }, (_, i) => [
      out(web, '10.96.0.10:5432', { time: at(from + i), cluster: name, host: `${ip}:5432` }),
      into(server, 5432, '10.1.0.5:1', { time: at(from + i) }),
    ]).flat();
  };
  const all = [...served('10.1.0.21', 1), ...served('10.1.0.22', 20)];
  t.strictSame(await incidentsOf(all), []);
  t.strictSame(
    await incidentsOf(all.filter((line) => line.identity.pod === web.name)),
    [],
    'without their logs',
  );
});
