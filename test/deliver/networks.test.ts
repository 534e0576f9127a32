/** Which addresses may be reached, however they are written. (D6) */
import t from 'tap';
import { createNetworks } from '../../src/deliver/networks.ts';

t.test('addresses that are not public are refused, however they are written', async (t) => {
  const { mayReach } = createNetworks([]);
  for (const address of [
    ...['127.0.0.1', '127.8.9.1', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['169.254.169.254', '100.64.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '192.0.2.1'],
    ...['::1', '::', '::ffff:127.0.0.1', '::ffff:169.254.169.254', '::ffff:7f00:1', '::127.0.0.1', 'fe80::1'],
    ...['fd00::1', 'fc00::1', 'ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::', 'fd00:ec2::254'],
    ...['', 'localhost', '0x7f.1', '010.0.0.1', '1.2.3'],
  ]) {
    t.notOk(mayReach(address), address);
  }
  for (const address of ['1.1.1.1', '93.184.216.34', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])
    t.ok(mayReach(address), address);
});

t.test('networks that are named are reached, and no others', async (t) => {
  const { mayReach, isAllowed } = createNetworks(['10.1.0.0/16', 'fd00::/8', '192.168.1.5']);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '192.168.1.5'])
    t.ok(mayReach(address) && isAllowed(address), address);
  for (const address of ['10.2.0.1', '192.168.1.6', '127.0.0.1', '169.254.169.254'])
    t.notOk(mayReach(address), address);
  t.ok(mayReach('1.1.1.1') && !isAllowed('1.1.1.1'), 'a public one is not named');
});

/** What a name is resolved to for a connection. */
function lookUp(allowed: readonly string[], all: boolean): Promise<unknown> {
  return new Promise((resolve) => {
    createNetworks(allowed).lookup('localhost', { all }, (error, address) =>
      resolve(error === null ? address : error.message),
    );
  });
}

t.test('a name is resolved once, to what may be reached', async (t) => {
  t.match(await lookUp([], true), /localhost is at .*127\.0\.0\.1.*no public address.*allow_networks/);
  t.match(await lookUp([], false), /no public address/);
  t.equal(await lookUp(['127.0.0.0/8'], false), '127.0.0.1');
  t.strictSame(await lookUp(['127.0.0.0/8'], true), [{ address: '127.0.0.1', family: 4 }], 'without ::1');
  const missing = new Promise((resolve) => {
    createNetworks([]).lookup('no-such-host.invalid', {}, (error) => resolve(error?.code));
  });
  t.match(await missing, /ENOTFOUND|EAI_AGAIN/);
});

t.test('a host that is an address is not resolved: it is looked at by itself', async (t) => {
  const { refuseAddress } = createNetworks(['127.0.0.1']);
  t.throws(() => refuseAddress('10.0.0.1'), {
    name: 'DeliveryError',
    message: /10\.0\.0\.1, which is no public address/,
  });
  refuseAddress('127.0.0.1');
  refuseAddress('example.com');
});
