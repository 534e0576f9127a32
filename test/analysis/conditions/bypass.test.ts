import t from 'tap';
import { at, incidentsOf, into, matchEach, out, PASSTHROUGH, pod } from '../scenes.ts';

const web = pod('web', '10.1.0.5', 'zz2zz', 'shop');
const db = pod('db', '10.1.0.9', 'bb2cc', 'data');
const around = [0, 59].map((minute) =>
  out(web, '203.0.113.5:443', { time: at(minute), cluster: PASSTHROUGH }),
);
const arrived = (count: number) =>
  Array.from({ length: count }, (_, i) => into(db, 5432, `10.1.0.5:${50_000 + i}`, { time: at(10 + i) }));

t.test(
  'what arrives from a pod whose proxy logs other calls, but none on this port, goes round it',
  async (t) => {
    const incidents = await incidentsOf([...around, ...arrived(5)]);
    matchEach(t, incidents, [
      {
        diagnosis: 'sidecar_bypass',
        severity: 'info',
        port: 5432,
        sources: [{ pod: web.name }],
        destinations: [{ pod: db.name }],
        connections: 5,
      },
    ]);
  },
);

t.test(
  'a call on the port, a log that was not read, or few connections leave another explanation',
  async (t) => {
    t.strictSame(await incidentsOf([...around, ...arrived(4)]), [], 'few');
    const call = out(web, '10.96.0.10:5432', { time: at(5), cluster: PASSTHROUGH });
    t.strictSame(await incidentsOf([...around, call, ...arrived(5)]), [], 'through the address of a service');
    t.strictSame(await incidentsOf(arrived(5)), [], 'a pod whose log was not read');
    t.strictSame(await incidentsOf([...around.slice(0, 1), ...arrived(5)]), [], 'a log that ends before');
    const server = [0, 59].map((minute) => into(web, 80, '10.1.9.9:1', { time: at(minute) }));
    t.strictSame(await incidentsOf([...server, ...arrived(5)]), [], 'a log without any call');
  },
);
