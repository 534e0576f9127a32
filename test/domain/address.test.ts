import { isIP, isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import {
  canonicalIp,
  formatAddress,
  hostBefore,
  isAutoAllocated,
  isIpv4,
  isLoopback,
  joinAddress,
  NO_PORT,
  parseAddress,
  parsePort,
  parseTunnelTarget,
  portAt,
  portStart,
} from '../../src/domain/address.ts';

/** Addresses, and what looks like them: the pieces meet in every order. */
const pieces = fc.constantFrom('1', '10', '255', '256', '01', '0', '.', ':', '::', 'f', 'FFFF', '1.2.3.4');
const nearlyAddress = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));

t.test('reads IPv4 addresses with a port', async (t) => {
  t.same(parseAddress('10.0.0.1:80'), { ip: '10.0.0.1', port: 80 });
  t.same(parseAddress('0.0.0.0:0'), { ip: '0.0.0.0', port: 0 });
  t.same(parseAddress('255.255.255.255:65535'), { ip: '255.255.255.255', port: 65_535 });
});

t.test('reads IPv6 addresses in brackets, in canonical form', async (t) => {
  const rows: [text: string, ip: string][] = [
    ['[2001:DB8::1]:443', '2001:db8::1'],
    ['[2001:0db8:0000:0000:0000:0000:0000:0001]:443', '2001:db8::1'],
    ['[::]:443', '::'],
    ['[::1]:443', '::1'],
    ['[fe80::1%eth0]:443', 'fe80::1'],
    ['[::ffff:10.0.0.1]:443', '10.0.0.1'],
    ['[::ffff:a00:1]:443', '10.0.0.1'],
    ['[::10.0.0.1]:443', '::a00:1'],
    ['[64:ff9b::192.0.2.33]:443', '64:ff9b::c000:221'],
  ];
  for (const [text, ip] of rows) t.same(parseAddress(text), { ip, port: 443 }, text);
});

t.test('shortens IPv6 as RFC 5952 asks', async (t) => {
  const rows: [text: string, ip: string][] = [
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['0:0:1::', '0:0:1::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['ABCD::EF01', 'abcd::ef01'],
  ];
  for (const [text, ip] of rows) t.equal(canonicalIp(text), ip, text);
});

t.test('refuses what is no address with a port', async (t) => {
  const texts = [
    ...[
      '',
      '-',
      ':',
      ':80',
      '10.0.0.1',
      '10.0.0.1:',
      '10.0.0.1:80x',
      '10.0.0.1:-1',
      '10.0.0.1:+80',
      ' 10.0.0.1:80',
    ],
    ...['10.0.0.1:65536', '10.0.0.1:080', '10.0.0.1:00', '10.0.0.1:8 0', '10.0.0.1:123456'],
    ...[
      '10.0.0.01:80',
      '010.0.0.1:80',
      '10.1:80',
      '10.0.0:80',
      '10.0.0.0.1:80',
      '10.0.0.256:80',
      '0x0a.0.0.1:80',
    ],
    ...['.10.0.0.1:80', '10..0.1:80', '10.0.0.1.:80', '١٠.0.0.1:80', '1e1.0.0.1:80'],
    ...[
      '2001:db8::1:80',
      '[2001:db8::1]',
      '[2001:db8::1]80',
      '[2001:db8::1:80',
      '2001:db8::1]:80',
      '[10.0.0.1',
    ],
    ...[
      '[]:80',
      '[1::2::3]:80',
      '[:::]:80',
      '[1:2:3]:80',
      '[1:2:3:4:5:6:7:8:9]:80',
      '[12345::]:80',
      '[g::]:80',
    ],
    ...['[::1.2.3]:80', '[::1.2.3.256]:80', '[1:2:3:4:5:6:7:1.2.3.4]:80', '[1::2:3:4:5:6:7:8]:80'],
    ...['localhost:80', 'envoy://internal_client_address/', '/var/run/pipe', '@abstract:80'],
  ];
  for (const text of texts) t.equal(parseAddress(text), null, JSON.stringify(text));
});

t.test('a dotted part belongs at the end of an IPv6 address only', async (t) => {
  t.equal(canonicalIp('1.2.3.4::1'), null);
  t.equal(canonicalIp('1:2:3.4.5.6::'), null);
});

t.test('takes for an IPv4 address exactly what the system takes for one', async (t) => {
  fc.assert(
    fc.property(fc.oneof(nearlyAddress, fc.ipV4()), (text) => isIpv4(text) === isIPv4(text)),
    { numRuns: 2_000 },
  );
  t.pass('held');
});

t.test('takes for an IP address exactly what the system takes for one', async (t) => {
  fc.assert(
    fc.property(fc.oneof(nearlyAddress, fc.ipV4(), fc.ipV6()), (text) => {
      return (canonicalIp(text) === null) === (isIP(text) === 0);
    }),
    { numRuns: 2_000 },
  );
  t.pass('held');
});

t.test('the canonical form is an address, its own canonical form, and that of the same bits', async (t) => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const ip = canonicalIp(text) ?? '';
      // The parser of URLs is an independent one that shortens in the same way.
      const url = new URL(`http://[${text}]/`).hostname.slice(1, -1);
      const expected = isIPv6(ip) ? url : canonicalIp(url);
      return isIP(ip) > 0 && canonicalIp(ip) === ip && ip === expected;
    }),
    { numRuns: 1_000 },
  );
  t.pass('held');
});

t.test('an address survives being written and read', async (t) => {
  const port = fc.integer({ min: 0, max: 65_535 });
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), port, (text, port) => {
      const address = { ip: canonicalIp(text) ?? '', port };
      const read = parseAddress(formatAddress(address));
      return read?.ip === address.ip && read.port === port;
    }),
  );
  t.equal(formatAddress({ ip: '::1', port: 80 }), '[::1]:80');
  t.equal(formatAddress({ ip: '10.0.0.1', port: 80 }), '10.0.0.1:80');
});

t.test('reads ports of digits alone', async (t) => {
  for (const port of [0, 1, 80, 9_999, 65_535]) t.equal(parsePort(String(port)), port);
  for (const text of [
    '',
    '-',
    '00',
    '01',
    '65536',
    '99999',
    '100000',
    '1.0',
    '1e3',
    '0x1',
    ' 1',
    '1\n',
    '-1',
  ])
    t.equal(parsePort(text), null, JSON.stringify(text));
});

t.test('finds the address behind an internal listener', async (t) => {
  t.same(parseTunnelTarget('envoy://connect_originate/10.0.0.1:80'), { ip: '10.0.0.1', port: 80 });
  t.same(parseTunnelTarget('envoy://x/y/[fd00::1]:80'), { ip: 'fd00::1', port: 80 });
  t.equal(parseTunnelTarget('envoy://internal_client_address/'), null);
  t.equal(parseTunnelTarget('http://connect_originate/10.0.0.1:80'), null);
  t.equal(parseTunnelTarget('10.0.0.1:80'), null);
});

t.test('knows the addresses that a sidecar uses towards its own application', async (t) => {
  for (const ip of ['127.0.0.1', '127.0.0.6', '127.255.0.1', '::1', '::6']) t.equal(isLoopback(ip), true, ip);
  for (const ip of ['10.127.0.1', '12.7.0.1', '::16', '::', '128.0.0.1']) t.equal(isLoopback(ip), false, ip);
});

t.test('knows the ranges of addresses that Istio allocates by itself', async (t) => {
  for (const text of ['240.240.0.1', '240.240.255.255', '2001:2::1', '2001:2:0:1::1', '2001:2:0:1:2:3:4:5'])
    t.equal(isAutoAllocated(canonicalIp(text) ?? ''), true, text);
  for (const text of ['240.241.0.1', '24.0.240.240', '2001:2:1::1', '2001:20::1', '2001:db8::2:0'])
    t.equal(isAutoAllocated(canonicalIp(text) ?? ''), false, text);
});

t.test('finds ports that can be put back exactly', async (t) => {
  const rows: [text: string, host: string, port: number][] = [
    ['10.0.0.1:80', '10.0.0.1', 80],
    ['[fd00::1]:65535', '[fd00::1]', 65_535],
    ['db.shop.svc:0', 'db.shop.svc', 0],
    ['a:1', 'a', 1],
    ['10.0.0.1:65536', '10.0.0.1:65536', NO_PORT],
    ['10.0.0.1:080', '10.0.0.1:080', NO_PORT],
    ['10.0.0.1:123456', '10.0.0.1:123456', NO_PORT],
    ['10.0.0.1:', '10.0.0.1:', NO_PORT],
    ['10.0.0.1', '10.0.0.1', NO_PORT],
    [':80', ':80', NO_PORT],
    ['80', '80', NO_PORT],
    ['', '', NO_PORT],
    ['envoy://internal_client_address/', 'envoy://internal_client_address/', NO_PORT],
  ];
  for (const [text, host, port] of rows) {
    const start = portStart(text);
    t.same([hostBefore(text, start), portAt(text, start)], [host, port], JSON.stringify(text));
  }
});

t.test('any text is its host and its port put together again', async (t) => {
  const text = fc.oneof(
    fc.string(),
    nearlyAddress,
    fc.tuple(fc.string(), fc.integer({ min: 0, max: 70_000 })).map(([host, port]) => `${host}:${port}`),
    fc.tuple(fc.ipV4(), fc.stringMatching(/^\d{0,7}$/)).map(([host, port]) => `${host}:${port}`),
  );
  fc.assert(
    fc.property(text, (text) => {
      const start = portStart(text);
      const port = portAt(text, start);
      const isPort = port === NO_PORT || (Number.isInteger(port) && port >= 0 && port <= 65_535);
      return isPort && joinAddress(hostBefore(text, start), port) === text;
    }),
    { numRuns: 3_000 },
  );
  t.equal(joinAddress(null, 80), null);
  t.equal(joinAddress('10.0.0.1', null), '10.0.0.1');
});
