import t from 'tap';
import { at, cluster, incidentsOf, into, matchEach, out, pod } from '../scenes.ts';

const gateway = pod('istio-egressgateway', '10.1.0.50', 'zz2zz', 'istio-system');
const web = pod('web', '10.1.0.5', 'bb2cc', 'shop');
const relay = (minute: number, sni: string | null, rest = {}) =>
  out(gateway, '10.1.0.50:8443', {
    time: at(minute),
    cluster: cluster(443, 'www.example'),
    host: '203.0.113.5:443',
    downstream_remote_address: `10.1.0.5:${40_000 + minute}`,
    requested_server_name: sni,
    ...rest,
  });
const miss = (minute: number, sni: string | null) =>
  relay(minute, sni, {
    upstream_cluster: null,
    upstream_host: null,
    upstream_local_address: null,
    response_flags: ['NR'],
    response_code_details: 'filter_chain_not_found',
  });
const served = [1, 2, 3].map((minute) => relay(minute, 'www.example'));

t.test('a name that a gateway served and turns away since is told, as badly as it fails', async (t) => {
  const incidents = await incidentsOf([
    ...served,
    miss(10, 'www.example'),
    miss(11, 'www.example'),
    miss(12, 'www.example'),
  ]);
  matchEach(t, incidents, [
    {
      diagnosis: 'gateway_sni_miss',
      severity: 'high',
      port: 8443,
      onset: { after: '2024-05-01T10:03:00.000Z', before: '2024-05-01T10:10:00.000Z' },
      failures: 3,
    },
  ]);
  t.match(
    incidents[0]?.title,
    /The proxy of istio-egressgateway turns connections to .*10\.1\.0\.50:8443\) away/,
  );
});

t.test('names that were never served are a remark when they are many', async (t) => {
  const [incident] = await incidentsOf([
    ...served,
    miss(10, 'a.example'),
    miss(11, null),
    miss(12, 'b.example'),
  ]);
  t.match(incident, { diagnosis: 'gateway_sni_miss', severity: 'info' });
  t.match(incident?.evidence.join(' '), /asked for a\.example, b\.example and no server name/);
  t.strictSame(await incidentsOf([...served, miss(10, 'a.example'), miss(11, null)]), [], 'few');
  const many = Array.from({ length: 30 }, (_, i) => relay(20 + i, 'www.example'));
  const three = [miss(10, 'a.example'), miss(11, null), miss(12, 'b.example')];
  t.strictSame(await incidentsOf([...served, ...many, ...three]), [], 'few among many');
});

t.test('a sidecar without a filter chain is another matter', async (t) => {
  const turned = into(web, 80, '10.1.9.9:1', {
    time: at(10),
    upstream_cluster: null,
    upstream_host: null,
    upstream_local_address: null,
    response_flags: ['NR'],
  });
  matchEach(t, await incidentsOf([into(web, 80, '10.1.9.9:1', { time: at(1) }), turned]), [
    { diagnosis: 'strict_vs_plaintext' },
  ]);
});

t.test('a sidecar whose own listener has no filter chain for a call is told, of the client', async (t) => {
  const call = (minute: number, rest = {}) =>
    out(web, '10.96.0.10:443', {
      time: at(minute),
      cluster: cluster(443, 'www.example'),
      host: '203.0.113.5:443',
      requested_server_name: 'www.example',
      ...rest,
    });
  const none = {
    upstream_cluster: null,
    upstream_host: null,
    response_flags: ['NR'],
    requested_server_name: 'typo.example',
  };
  const incidents = await incidentsOf([call(1), call(10, none)]);
  matchEach(t, incidents, [
    {
      diagnosis: 'gateway_sni_miss',
      severity: 'medium',
      onset: { after: '2024-05-01T10:01:00.000Z', before: '2024-05-01T10:10:00.000Z' },
      sources: [{ pod: web.name }],
      destinations: [{ address: '10.96.0.10:443' }],
    },
  ]);
  t.match(incidents[0]?.evidence[0], /asked for typo\.example/);
  const fine = Array.from({ length: 20 }, (_, i) => call(i));
  t.strictSame(await incidentsOf([...fine, call(10, none)]), [], 'one among many');
});

t.test('calls of one workload to several addresses on one port are one incident', async (t) => {
  const served = out(web, '10.96.0.9:443', {
    time: at(0),
    cluster: cluster(443, 'www.example'),
    host: '203.0.113.5:443',
  });
  const call = (minute: number, address: string) =>
    out(web, address, {
      time: at(minute),
      cluster: cluster(443, 'www.example'),
      host: '203.0.113.5:443',
      upstream_cluster: null,
      upstream_host: null,
      response_flags: ['NR'],
    });
  const incidents = await incidentsOf([
    served,
    call(1, '10.96.0.10:443'),
    call(20, '10.96.0.11:443'),
    call(50, '10.96.0.12:443'),
    call(55, '10.96.0.12:8443'),
  ]);
  matchEach(t, incidents, [
    { diagnosis: 'gateway_sni_miss', port: 443, failures: 3, onset: { before: '2024-05-01T10:01:00.000Z' } },
    { diagnosis: 'gateway_sni_miss', port: 8443, failures: 1 },
  ]);
  t.match(incidents[0]?.evidence[0], /3 connections of 3 to 3 addresses found no filter chain/);
});
