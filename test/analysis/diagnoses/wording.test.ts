/** Titles agree with the number of what they name. */
import t from 'tap';
import { at, cluster, incidentsOf, into, out, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const api = pod('api', '10.1.0.6', 'zz2zz', 'shop');
const servers = [pod('db', '10.1.0.9', 'bb2cc', 'data'), pod('db', '10.1.0.10', 'cc2cc', 'data')];

const turned = (server: (typeof servers)[number]) =>
  into(server, 5432, '10.1.0.5:41000', {
    time: at(10),
    upstream_cluster: null,
    upstream_host: null,
    upstream_local_address: null,
    response_flags: ['NR'],
    attributes: { direction: 'inbound' },
  });
const missing = (client: typeof web) =>
  out(client, '10.96.0.10:5432', { time: at(10), cluster: null, host: null, response_flags: ['NC'] });
const titleOf = async (lines: Parameters<typeof incidentsOf>[0]) => (await incidentsOf(lines))[0]?.title;

t.test('one turns away, two turn away', async (t) => {
  t.match(await titleOf(servers.slice(0, 1).map(turned)), /^db \(10\.1\.0\.9:5432\) turns away /);
  t.match(
    await titleOf(servers.map(turned)),
    /^db \(10\.1\.0\.10:5432\) and db \(10\.1\.0\.9:5432\) turn away /,
  );
});

t.test('one proxy has none, two have none', async (t) => {
  t.match(await titleOf([missing(web)]), /^The proxy of web has no cluster for /);
  t.match(await titleOf([missing(web), missing(api)]), /^The proxies of api and web have no cluster for /);
});

t.test('a host is one whatever its addresses', async (t) => {
  const host = 'db.data.svc.cluster.local';
  const none = ['10.96.0.10:5432', '10.96.0.11:5432'].map((vip) =>
    out(web, vip, { time: at(10), cluster: cluster(5432, host), host: null, response_flags: ['UH'] }),
  );
  t.match(await titleOf(none), new RegExp(`^${host} has no healthy endpoint`));
});
