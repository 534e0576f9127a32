/** Events over real HTTP: found, filtered, told again after a break, and ended. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import t from 'tap';
import type { Runtime } from '../../../src/compose/runtime.ts';
import { NO_IDENTITY } from '../../../src/domain/entry.ts';
import { EVENT_BUFFER_BYTES_MAX, SUBSCRIBERS_MAX } from '../../../src/domain/limits.ts';
import { Subscriber } from '../../../src/http/events/subscriber.ts';
import { createApp } from '../../helpers/app.ts';
import { until } from '../../helpers/cli.ts';
import { INCIDENT, INCIDENT_LINES } from '../../helpers/incident-lines.ts';

interface Event {
  readonly id: string | null;
  readonly type: string;
  // Whatever the event carries: each test looks at its own.
  readonly data: Record<string, never> & { [key: string]: unknown };
}

async function listen(app: FastifyInstance): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

async function ingest(runtime: Runtime, lines: readonly string[]): Promise<void> {
  const into = runtime.newIngest({ format: null, identity: NO_IDENTITY });
  await into.write(Buffer.from(lines.map((line) => `${line}\n`).join('')));
  await into.end();
}

/** Subscribes, and reads event by event. */
async function subscribe(url: string, query = '', lastId: string | null = null) {
  const stop = new AbortController();
  const response = await fetch(`${url}/api/v1/events${query}`, {
    headers: lastId === null ? {} : { 'last-event-id': lastId },
    signal: stop.signal,
  });
  const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    response,
    stop: () => stop.abort(),
    /** The next event; null at the end. */
    async next(): Promise<Event | null> {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end < 0) {
          const { value, done } = await reader.read();
          if (done) return null;
          text += value;
          continue;
        }
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
        const type = field('event');
        if (type !== null) return { id: field('id'), type, data: JSON.parse(field('data') ?? '') };
      }
    },
  };
}

const BEFORE = INCIDENT_LINES.slice(0, 5);
const [FIRST = '', SECOND = ''] = INCIDENT_LINES.slice(5);

t.test('tells incidents and shifts as they are found, and what was missed to who comes back', async (t) => {
  const { app, runtime } = await createApp(t, { lines: BEFORE.map((line) => `${line}\n`).join('') });
  const url = await listen(app);
  const all = await subscribe(url);
  t.match(all.response.headers.get('content-type'), 'text/event-stream');
  t.equal(all.response.headers.get('cache-control'), 'no-store');
  t.equal(all.response.headers.get('connection'), 'close', 'it is no other request that waits behind it');
  const ready = await all.next();
  t.match(ready, { type: 'ready', id: /^[0-9a-f]{12}-0$/ });
  const high = await subscribe(url, '?types=incident&severity=high');
  await high.next();

  await ingest(runtime, [FIRST]);
  const opened = await all.next();
  t.match(opened, {
    type: 'incident',
    data: { change: 'opened', incident: { port: 6379, confirmed: false } },
  });
  const shift = await all.next();
  t.match(shift, { type: 'shift', data: { shift: { kind: 'passthrough_to_captured' } } });
  all.stop();

  await ingest(runtime, [SECOND]);
  const again = await subscribe(url, '?types=incident,shift', opened?.id ?? null);
  t.strictSame(await again.next(), shift, 'from behind the last id on');
  const next = await again.next();
  // The incident changes at the look before or behind the one that says "ready".
  const changed = next?.type === 'ready' ? await again.next() : next;
  t.match(changed, { type: 'incident', data: { change: 'changed', id: opened?.data.id } });

  t.match(await high.next(), { type: 'incident', data: { incident: { severity: 'high' } } });
  for (const lastId of ['nobody-1', `${ready?.id?.split('-')[0]}-99`, 'x']) {
    const lost = await subscribe(url, '', lastId);
    t.match(await lost.next(), { type: 'reset', data: {} }, lastId);
    lost.stop();
  }
});

t.test('tells connections as they come in, those that a filter asks for', async (t) => {
  const { app, runtime } = await createApp(t);
  const url = await listen(app);
  const tail = await subscribe(url, `?types=connection&pod=${INCIDENT.server}`);
  t.match(await tail.next(), { type: 'ready' });
  await ingest(runtime, BEFORE);
  for (const start_time of ['2024-03-05T09:10:00.102Z', '2024-03-05T09:12:01.121Z'])
    t.match(await tail.next(), { id: null, type: 'connection', data: { pod: INCIDENT.server, start_time } });
  // Again is once, also here: what comes next is what is new.
  await ingest(runtime, BEFORE);
  await ingest(runtime, [(BEFORE[1] ?? '').replace('09:10:00.102', '09:30:00.000')]);
  t.match(await tail.next(), { data: { start_time: '2024-03-05T09:30:00.000Z' } });
});

t.test('says how many connections it left out', async (t) => {
  const { app, runtime } = await createApp(t);
  const url = await listen(app);
  const tail = await subscribe(url, '?types=connection');
  await tail.next();
  const at = (index: number) => new Date(Date.UTC(2024, 2, 5) + index).toISOString();
  const lines = Array.from({ length: 400 }, (_, i) =>
    (BEFORE[1] ?? '').replace('2024-03-05T09:10:00.102Z', at(i)),
  );
  await ingest(runtime, lines);
  let told = 0;
  for (let left = 400; left > 0; ) {
    const event = await tail.next();
    if (event?.type === 'connection') told++;
    left -= event?.type === 'dropped' ? Number(event.data.count) : 1;
  }
  t.ok(told >= 100 && told < 400, `${told} told, the rest counted`);
});

t.test('a comment keeps the connection open', async (t) => {
  const { app } = await createApp(t);
  const { body } = await fetch(`${await listen(app)}/api/v1/events`);
  const reader = (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('\n: still here\n\n')) text += (await reader.read()).value;
  t.match(text, /^retry: 2000\n\nid: .*\nevent: ready\ndata: {}\n\n: still here\n\n$/);
});

t.test('streams end when the server stops, which waits for no reader', async (t) => {
  const { app } = await createApp(t);
  const url = await listen(app);
  const reader = await subscribe(url);
  await reader.next();
  await app.close();
  t.equal(await reader.next(), null);
});

t.test('a reader that does not read is cut off', async (t) => {
  let ended = 0;
  const subscriber = new Subscriber({}, () => ended++);
  const text = 'x'.repeat(EVENT_BUFFER_BYTES_MAX / 4);
  for (let i = 0; i < 3; i++) subscriber.send(text);
  t.notOk(subscriber.stream.destroyed);
  for (let i = 0; i < 3; i++) subscriber.send(text);
  t.ok(subscriber.stream.destroyed);
  await once(subscriber.stream, 'close').catch(() => {});
  t.equal(ended, 1);
});

t.test('a reader that goes away leaves nothing behind', async (t) => {
  const { app } = await createApp(t);
  const port = Number(new URL(await listen(app)).port);
  for (let i = 0; i < 100; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [head] = await once(socket, 'data');
    t.match(String(head), 'HTTP/1.1 200', 'more than there is room for at once');
    socket.destroy();
    await once(socket, 'close');
  }
});

t.test('what cannot be asked for is an error', async (t) => {
  const { app } = await createApp(t);
  for (const [query, detail] of [
    ['types=incidents', /got "incidents", expected some of incident, shift, connection/],
    ['types=shift&verdict=matched', /verdict/],
    ['port=x', /port/],
    ['limit=1', /no such parameter/],
  ] as const)
    t.match((await app.inject(`/api/v1/events?${query}`)).json(), { status: 400, detail }, query);
});

t.test('more readers than there is place for are refused, until one leaves', async (t) => {
  const { app } = await createApp(t, { lines: '' });
  const url = await listen(app);
  const readers = await Promise.all(Array.from({ length: SUBSCRIBERS_MAX }, () => subscribe(url)));
  t.ok(
    readers.every(({ response }) => response.status === 200),
    'as many as there is place for',
  );
  const late = await subscribe(url);
  t.equal(late.response.status, 429);
  t.match(late.response.headers.get('content-type'), 'application/problem+json');
  readers.pop()?.stop();
  let again = await subscribe(url);
  while (again.response.status === 429) again = await subscribe(url);
  t.equal(again.response.status, 200, 'its place is free');
  for (const { stop } of [...readers, again]) stop();
});

t.test('a reader that goes before it is answered takes no place', async (t) => {
  const { app, runtime } = await createApp(t, { lines: '' });
  const url = await listen(app);
  const { port } = app.server.address() as AddressInfo;
  // The first reader waits for all that is stored to be judged.
  let judge = (): void => {};
  const judged = new Promise<void>((resolve) => {
    judge = resolve;
  });
  const { incidentHeads } = runtime.analysis;
  runtime.analysis.incidentHeads = async (filter) => {
    await judged;
    return incidentHeads(filter);
  };
  const sockets = Array.from({ length: SUBSCRIBERS_MAX }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) socket.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until('all of them wait', async () => ((await connections(app)) === SUBSCRIBERS_MAX ? true : null));
  for (const socket of sockets) socket.destroy();
  await until('they are gone', async () => ((await connections(app)) === 0 ? true : null));
  judge();
  const reader = await until('there is a place', async () => {
    const one = await subscribe(url);
    return one.response.status === 200 ? one : null;
  });
  reader.stop();
});

function connections({ server }: FastifyInstance): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
