import t from 'tap';
import { endTime, isHttp, numbersOf } from '../../src/domain/entry.ts';
import { makeLine } from '../helpers/lines.ts';

const { entry } = makeLine('web-0', {
  start_time: 1_000,
  duration: 250,
  bytes_received: 6,
  bytes_sent: 0,
  upstream_local_address: '10.0.0.1:41822',
  downstream_remote_address: '[fd00::1]:50114',
});

t.test('a line ends when its duration is over', async (t) => {
  t.equal(endTime(entry), 1_250);
  t.equal(endTime({ ...entry, duration: 0 }), 1_000);
  t.equal(endTime({ ...entry, duration: null }), null);
});

t.test('takes the numbers out of an entry, -1 where there is none', async (t) => {
  t.same(numbersOf(entry), {
    start_time: 1_000,
    duration: 250,
    bytes_received: 6,
    bytes_sent: 0,
    upstream_local_port: 41_822,
    downstream_remote_port: 50_114,
  });
  const absent = {
    duration: null,
    bytes_received: null,
    bytes_sent: null,
    upstream_local_address: null,
    downstream_remote_address: '10.0.0.1:99999',
  };
  t.same(Object.values(numbersOf({ ...entry, ...absent })), [1_000, -1, -1, -1, -1, -1]);
});

t.test('a method, a protocol or a code makes a line one of a request', async (t) => {
  const tcp = { method: null, protocol: null, response_code: 0 };
  t.equal(isHttp(tcp), false);
  t.equal(isHttp({ ...tcp, response_code: null }), false);
  t.equal(isHttp({ ...tcp, method: 'GET' }), true);
  t.equal(isHttp({ ...tcp, protocol: 'HTTP/2' }), true);
  t.equal(isHttp({ ...tcp, response_code: 503 }), true);
});
