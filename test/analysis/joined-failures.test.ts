import t from 'tap';
import { at, incidentsOf, matchEach, out, PASSTHROUGH, pod } from './scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const REFUSED = {
  cluster: PASSTHROUGH,
  response_flags: ['UF', 'URX'],
  upstream_transport_failure_reason: 'delayed_connect_error:_111',
  duration: 1,
};
const fails = (address: number, minute: number, port = 443) =>
  out(web, `203.0.113.${address}:${port}`, { time: at(minute), ...REFUSED });
const reaches = (address: number, minute: number) =>
  out(web, `203.0.113.${address}:443`, { time: at(minute), cluster: PASSTHROUGH });
const all = [1, 2, 3, 4, 5];

t.test('one client that fails at many addresses of one port has one incident', async (t) => {
  const lines = all.flatMap((address) => [reaches(address, address), fails(address, 60 + address)]);
  const incidents = await incidentsOf(lines);
  matchEach(t, incidents, [
    {
      diagnosis: 'connection_refused',
      severity: 'high',
      failures: 5,
      onset: { after: '2024-05-01T10:05:00.000Z', before: '2024-05-01T11:01:00.000Z' },
      ended: null,
    },
  ]);
  t.equal(incidents[0]?.destinations.length, 5);
  const again = all.map((address) => reaches(address, 70 + address));
  t.match((await incidentsOf([...lines, ...again.slice(1)]))[0], { ended: null }, 'one still fails');
  matchEach(t, await incidentsOf([...lines, ...again]), [
    { ended: { after: '2024-05-01T11:05:00.000Z', before: '2024-05-01T11:15:00.000Z' } },
  ]);
});

t.test('the first goes on as the whole when the fifth joins', async (t) => {
  const four = await incidentsOf(all.slice(0, 4).map((address) => fails(address, address)));
  const [whole] = await incidentsOf(all.map((address) => fails(address, address)));
  t.equal(whole?.failures, 5);
  t.equal(whole?.id, four.find((one) => one.onset.before === '2024-05-01T10:01:00.000Z')?.id);
});

t.test('fewer, far apart, or on other ports, each has its own', async (t) => {
  t.equal((await incidentsOf(all.slice(1).map((address) => fails(address, address)))).length, 4);
  t.equal((await incidentsOf(all.map((address) => fails(address, 20 * address)))).length, 5);
  t.equal((await incidentsOf(all.map((address) => fails(address, address, 440 + address)))).length, 5);
});
