import t from 'tap';
import { isOneNetwork, networkOf } from '../../src/analysis/networks.ts';

t.test('IPv4 networks have 16 bits, IPv6 networks 64', async (t) => {
  const rows: Array<[ip: string, network: string]> = [
    ['10.12.1.6', '10.12'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fd00:10:96::', 'fd00:10:96:0'],
  ];
  for (const [ip, network] of rows) t.equal(networkOf(ip), network, ip);
});

t.test('tells whether addresses lie in one network', async (t) => {
  t.ok(isOneNetwork(['10.12.1.6', '10.12.2.8']));
  t.notOk(isOneNetwork(['10.12.1.6', '10.13.2.8']));
  t.ok(isOneNetwork([]));
});
