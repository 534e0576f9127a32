import t from 'tap';
import { EphemeralPorts } from '../../../bench/simulator/ports.ts';

const NEVER = Number.POSITIVE_INFINITY;

t.test('hands out even ports upwards, round and round', async (t) => {
  const ports = new EphemeralPorts(100);
  const seen = Array.from({ length: 101 }, (_, i) => ports.reserve('10.0.0.1', '10.0.0.2:80', i, i + 1) ?? 0);
  t.ok(seen.every((port) => port % 2 === 0 && port >= 32_768 && port < 32_868));
  t.equal(new Set(seen).size, 50, 'every even port is used');
  t.equal(seen[50], seen[0], 'the first comes back after fifty');
  const steps = seen.slice(1).map((port, i) => (port - (seen[i] ?? 0) + 100) % 100);
  t.ok(steps.every((step) => step === 2));
});

t.test('gives no port twice while it is taken, then odd ones, then none', async (t) => {
  const ports = new EphemeralPorts(100);
  const seen = Array.from({ length: 100 }, () => ports.reserve('10.0.0.1', '10.0.0.2:80', 0, NEVER));
  t.equal(new Set(seen).size, 100);
  t.ok(seen.slice(0, 50).every((port) => port !== null && port % 2 === 0));
  t.ok(seen.slice(50).every((port) => port !== null && port % 2 === 1));
  t.equal(ports.reserve('10.0.0.1', '10.0.0.2:80', 1, NEVER), null);
});

t.test('keeps destinations and sources apart', async (t) => {
  const ports = new EphemeralPorts(100);
  for (let i = 0; i < 100; i++) ports.reserve('10.0.0.1', '10.0.0.2:80', 0, NEVER);
  t.not(ports.reserve('10.0.0.1', '10.0.0.2:81', 1, NEVER), null);
  t.not(ports.reserve('10.0.0.3', '10.0.0.2:80', 1, NEVER), null);
});

t.test('skips a port that is still open when its turn comes again', async (t) => {
  const ports = new EphemeralPorts(100);
  const long = ports.reserve('10.0.0.1', '10.0.0.2:80', 0, 10_000);
  const later = Array.from({ length: 120 }, (_, i) => ports.reserve('10.0.0.1', '10.0.0.2:80', i + 1, i + 2));
  t.notOk(later.includes(long));
});

t.test('forgets ports that are free again', async (t) => {
  const ports = new EphemeralPorts(100);
  for (let i = 0; i < 20_000; i++) {
    const port = ports.reserve('10.0.0.1', `10.0.${i % 256}.2:80`, i, i + 10);
    if (port === null) t.fail('a port is free');
  }
  t.pass('more connections than ports can be made one after the other');
});

t.test('a port can be claimed once, and is then handed out to nobody', async (t) => {
  const ports = new EphemeralPorts(100);
  for (const port of [32_800, 32_801]) {
    t.equal(ports.claim('10.0.0.1', '10.0.0.2:80', port, 0, 10_000), true);
    t.equal(ports.claim('10.0.0.1', '10.0.0.2:80', port, 9_999, 20_000), false);
  }
  const others = Array.from({ length: 98 }, () => ports.reserve('10.0.0.1', '10.0.0.2:80', 1, NEVER));
  t.notOk(others.includes(32_800) || others.includes(32_801));
  t.equal(ports.reserve('10.0.0.1', '10.0.0.2:80', 1, NEVER), null);
  t.equal(ports.claim('10.0.0.1', '10.0.0.2:80', 32_800, 10_000, 20_000), true, 'it is free again');
});
