import t from 'tap';
import { countReused, type NamedLine, pairByKeyOnly } from '../../../bench/accuracy/key-only.ts';

const CLIENT = '10.40.0.1:40000';
const SERVER = '10.40.0.2:5432';

function line(
  name: string,
  start: number,
  side: 'out' | 'in',
  more: Partial<NamedLine['line']> = {},
): NamedLine {
  const out = side === 'out';
  return {
    name,
    line: {
      pod: 'p',
      start,
      duration: 5,
      http: false,
      flags: '-',
      received: 0,
      sent: 0,
      upstreamHost: out ? SERVER : '127.0.0.1:5432',
      cluster: out ? 'outbound|5432||db' : 'inbound|5432||',
      upstreamLocal: out ? CLIENT : '127.0.0.1:1',
      downstreamLocal: out ? '10.112.0.1:5432' : SERVER,
      downstreamRemote: out ? '10.40.0.1:39998' : CLIENT,
      serverName: '-',
      requestId: '-',
      ...more,
    },
  };
}

t.test('pairs in the order of start times', async (t) => {
  const lines = [line('o2', 50, 'out'), line('i1', 1, 'in'), line('o1', 0, 'out'), line('i2', 51, 'in')];
  t.strictSame(pairByKeyOnly(lines), [
    { kind: 'full', outbound: 'o1', inbound: 'i1' },
    { kind: 'full', outbound: 'o2', inbound: 'i2' },
  ]);
});

t.test('is wrong behind a lost line', async (t) => {
  const lines = [line('o1', 0, 'out'), line('o2', 50, 'out'), line('i2', 51, 'in')];
  t.strictSame(pairByKeyOnly(lines), [{ kind: 'full', outbound: 'o1', inbound: 'i2' }]);
});

t.test('leaves out what was not connected, other addresses and HTTP', async (t) => {
  const failed = line('f', 0, 'out', { upstreamLocal: '-' });
  const other = line('x', 0, 'in', { downstreamRemote: '10.40.0.1:40002' });
  t.strictSame(pairByKeyOnly([failed, other, line('h', 0, 'out', { http: true }), line('i', 0, 'in')]), []);
});

t.test('counts the connections that share their addresses', async (t) => {
  const alone = line('a', 0, 'out', { upstreamLocal: '10.40.0.1:40002' });
  t.equal(countReused([line('o1', 0, 'out'), line('o2', 9, 'out'), alone, line('i', 1, 'in')]), 2);
});
