import t from 'tap';
import { at, incidentsOf, matchEach, out, PASSTHROUGH, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const START_MINUTE = 10;
/** So many destinations within so many seconds. */
const sweep = (addresses: readonly string[], seconds: number, rest = {}) =>
  addresses.map((to, i) =>
    out(web, to, {
      time: at(START_MINUTE) + Math.floor((i * seconds * 1_000) / addresses.length),
      cluster: PASSTHROUGH,
      ...rest,
    }),
  );
const ports = (count: number) => Array.from({ length: count }, (_, i) => `203.0.113.5:${1_000 + i}`);
const hosts = (count: number) =>
  Array.from({ length: count }, (_, i) => `203.0.${113 + (i >> 7)}.${i % 128}:22`);

t.test('many ports of one address, or one port of many addresses, within a minute', async (t) => {
  matchEach(t, await incidentsOf(sweep(ports(20), 30)), [
    { diagnosis: 'scan', severity: 'medium', port: null, connections: 20, sources: [{ pod: web.name }] },
  ]);
  const [incident] = await incidentsOf(sweep(hosts(50), 50));
  t.match(incident, { diagnosis: 'scan', port: 22, connections: 50 });
  t.match(incident?.title, /web goes through port 22 of many addresses/);
});

t.test('fewer, slower, or to what is registered and answers, is none', async (t) => {
  t.strictSame(await incidentsOf(sweep(ports(19), 30)), [], 'fewer ports');
  t.strictSame(await incidentsOf(sweep(hosts(49), 30)), [], 'fewer addresses');
  t.strictSame(await incidentsOf(sweep(ports(20), 120)), [], 'slower');
  t.strictSame(
    await incidentsOf(sweep(ports(20), 30, { cluster: 'outbound|1000||all.example' })),
    [],
    'registered',
  );
});

t.test('what a scan met in vain is part of it, however long it goes on, and nothing else is', async (t) => {
  const refused = {
    response_flags: ['UF', 'URX'],
    upstream_transport_failure_reason: 'delayed_connect_error:_111',
    duration: 1,
  };
  const long = sweep(ports(300), 600, refused);
  const incidents = await incidentsOf(long);
  matchEach(t, incidents, [{ diagnosis: 'scan', connections: 300, failures: 300 }]);
  t.match(incidents[0]?.evidence.join(' '), /300 of 300 connections failed, with the flags UF,URX/);
  const elsewhere = [1, 2, 3].map((i) =>
    out(web, '198.51.100.9:443', { time: at(START_MINUTE) + i, cluster: PASSTHROUGH, ...refused }),
  );
  const again = [1, 2, 3].map((i) =>
    out(web, '203.0.113.5:1000', { time: at(START_MINUTE + 200 + i), cluster: PASSTHROUGH, ...refused }),
  );
  const told = (await incidentsOf([...long, ...elsewhere, ...again])).map((one) => one.diagnosis);
  t.strictSame(told.sort(), ['connection_refused', 'connection_refused', 'scan']);
});
