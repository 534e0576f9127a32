/** What every store must do. Run whole over each of them. */

import t, { type Test } from 'tap';
import { type Address, parseAddress } from '../../src/domain/address.ts';
import { durationCode } from '../../src/domain/duration-code.ts';
import { NO_IDENTITY, type ParsedLine } from '../../src/domain/entry.ts';
import { columnsOf } from '../../src/domain/line-columns.ts';
import type {
  Flow,
  LineQuery,
  Store,
  StoredLine,
  StoredPair,
  TimedLine,
  TimedPair,
} from '../../src/domain/ports.ts';
import { flowsOfShape } from '../helpers/flow-numbers.ts';
import { makeLine, makePair } from '../helpers/lines.ts';
import { measuresOf, measuresOfLines } from '../helpers/measures.ts';
import { makeTrip, WAYS } from '../helpers/ways.ts';
import { testReportStore } from './report-store.ts';

const DAY = Date.UTC(2024, 2, 5, 10);
const ALL: LineQuery = {
  since: null,
  until: null,
  shapes: null,
  order: 'oldest',
  after: null,
  limit: 10_000,
};

export function testStore(name: string, open: () => Promise<Store>): void {
  const withStore = (title: string, run: (t: Test, store: Store) => Promise<void>) =>
    t.test(`${name}: ${title}`, async (t) => {
      const store = await open();
      try {
        await run(t, store);
      } finally {
        await store.close();
      }
    });

  testReportStore(withStore);

  withStore('gives back every field of a line', async (t, store) => {
    const lines = oddLines();
    t.same(await store.append(columnsOf(lines), []), { accepted: lines.length, duplicates: 0 });
    const stored = await store.lines(ALL);
    const byRaw = (a: { entry: unknown }, b: { entry: unknown }) =>
      JSON.stringify(a.entry) < JSON.stringify(b.entry) ? -1 : 1;
    t.same(
      [...stored]
        .sort(byRaw)
        .map(({ entry, identity, format, envelope }) => ({ entry, identity, format, envelope })),
      [...lines]
        .sort(byRaw)
        .map(({ entry, identity, format, envelope }) => ({ entry, identity, format, envelope })),
    );
    for (const line of stored) t.same(await store.line(line.id), line);
    t.equal(await store.line('nothing'), null);
  });

  withStore('keeps the raw text of lines that cannot be rendered again', async (t, store) => {
    const text = { ...makeLine('a', { start_time: DAY }), raw: 'h\u00e9llo', rebuildable: false };
    const bytes = {
      ...makeLine('a', { start_time: DAY + 1 }),
      raw: 'h\u00e9llo',
      rebuildable: false,
      utf8: false,
    };
    await store.append(columnsOf([text, bytes, makeLine('a', { start_time: DAY + 2 })]), []);
    t.same(
      (await store.lines(ALL)).map((line) => line.raw),
      ['h\u00e9llo', 'h\u00e9llo', null],
    );
  });

  withStore('counts the same line of the same pod once, in any split and order', async (t, store) => {
    const lines = [
      ...makePair({ start: DAY, port: 40_000 }),
      ...makePair({ start: DAY + 7_200_000, port: 40_000 }),
    ];
    t.same(await store.append(columnsOf(lines.slice(0, 3)), []), { accepted: 3, duplicates: 0 });
    t.same(await store.append(columnsOf([...lines].reverse()), []), { accepted: 1, duplicates: 3 });
    t.same(await store.append(columnsOf([...lines, ...lines]), []), { accepted: 0, duplicates: 8 });
    t.same(await store.counts(), { lines: 4, pairs: 2 });
  });

  withStore('takes the same line of another pod for another line', async (t, store) => {
    const line = makeLine('a', { start_time: DAY });
    const others = [
      makeLine('b', { start_time: DAY }),
      // Without addresses nothing else tells it from the line of a pod of this name elsewhere.
      makeLine('a', { start_time: DAY }, 'other'),
      { ...line, rebuildable: false, utf8: false },
    ];
    t.same(await store.append(columnsOf([line, ...others]), []), { accepted: 4, duplicates: 0 });
    const elsewhere = { ...line, identity: { ...line.identity, container: 'envoy', node: 'n1' } };
    t.same(await store.append(columnsOf([elsewhere]), []), { accepted: 0, duplicates: 1 });
  });

  for (const order of ['first', 'last'] as const) {
    withStore(`knows the namespace of a line that was also read without, ${order}`, async (t, store) => {
      const known = [
        ...makePair({ start: DAY, port: 40_000 }),
        ...makePair({ start: DAY + 1_000, port: 40_002 }),
      ];
      const bare = known.map((line) => ({
        ...line,
        identity: { ...NO_IDENTITY, pod: line.identity.pod },
      }));
      const [one, two] = order === 'first' ? [bare, known] : [known, bare];
      t.same(await store.append(columnsOf(one), []), { accepted: 4, duplicates: 0 });
      const before = await store.changedFlows(null);
      await store.lines(ALL);
      t.same(await store.append(columnsOf(two), []), { accepted: 0, duplicates: 4 });
      t.same(
        (await store.lines(ALL)).map((line) => line.identity),
        known.map((line) => line.identity),
      );
      const { flows } = await store.changedFlows(null);
      t.same(new Set(flows.map(({ shape }) => shape.identity.namespace)), new Set(['shop']));
      const since = await store.changedFlows(before.version);
      if (order === 'first') t.ok(since.whole, 'who keeps what is derived from flows is told');
      t.same(await store.counts(), { lines: 4, pairs: 2 });
    });
  }

  withStore('all flows are handed over shape by shape, each with its hours in order', async (t, store) => {
    const hours = [0, 1, 2, 30].map((hour) => DAY + hour * 3_600_000);
    const lines = hours.flatMap((start, i) =>
      Array.from({ length: 70 }, (_, shape) =>
        makeLine(`pod-${(shape * (i + 1)) % 70}`, {
          start_time: start + 7 * shape,
          downstream_local_address: `10.0.0.1:${5_000 + shape}`,
          bytes_sent: shape * 2 ** 40,
          duration: 100 * i,
        }),
      ),
    );
    await store.append(columnsOf(lines), []);
    const { flows } = await store.changedFlows(null);
    const handed: Flow[][] = [];
    const whole = await store.changedFlows(null, (own) => handed.push(flowsOfShape(own)));
    t.match(whole, { whole: true, flows: [] }, 'none is left to be listed');
    t.ok(handed.length > 100);
    t.equal(new Set(handed.map(([flow]) => flow?.shape.id)).size, handed.length, 'each shape once');
    for (const own of handed) {
      const { id } = own[0]?.shape ?? { id: -1 };
      t.same(
        own,
        flows.filter(({ shape }) => shape.id === id),
      );
    }
    t.equal(handed.flat().length, flows.length);
  });

  withStore('a hint leaves out nothing that fits it', async (t, store) => {
    const trips = WAYS.flatMap((way, index) =>
      [0, 1].flatMap((again) =>
        makeTrip({
          way,
          start: DAY + index * 60_000 + again * 5_000,
          duration: 900 + index,
          port: 40_000 + 10 * index,
          gap: 2,
          bytes: 1_000 + 50 * index + again,
        }),
      ),
    );
    const alone = [0, 1, 2].map((index) => makeLine('web-0', { start_time: DAY + 200_000 + index }));
    await store.append(columnsOf([...trips, ...alone]), []);
    const clientOf = ({ entry }: StoredLine): Address | null =>
      parseAddress(entry.downstream_remote_address ?? '');
    const lines = await store.lines(ALL);
    const pairs = await store.pairs(ALL);
    const told = new Map(lines.map((line) => [JSON.stringify(clientOf(line)), clientOf(line)]));
    const clients = [...told.values()].filter((client) => client !== null);
    t.ok(clients.length > 3 && pairs.length > 6, 'there are several of all');
    const shapes = new Set(lines.map(({ shapeId }) => shapeId));
    const others = [
      { ip: clients[0]?.ip ?? '', port: 1 },
      { ip: '192.0.2.1', port: 40_000 },
    ];
    for (const asked of [null, [], others, ...clients.map((one) => [one]), clients.slice(0, 2), clients])
      for (const isAlone of [false, true])
        for (const some of [null, shapes])
          for (const order of ['newest', 'oldest'] as const) {
            const query = { ...ALL, order, shapes: some, hint: { alone: isAlone, clients: asked } };
            const all = {
              lines: order === 'oldest' ? lines : [...lines].reverse(),
              pairs: await store.pairs({ ...ALL, order }),
            };
            const what = JSON.stringify([order, query.hint]);
            const isAsked = (line: StoredLine) =>
              asked === null ||
              asked.some(({ ip, port }) => clientOf(line)?.ip === ip && clientOf(line)?.port === port);
            const fits = (line: StoredLine) => isAsked(line) && !(isAlone && line.peer?.kind === 'full');
            t.same((await store.lines(query)).filter(fits), all.lines.filter(fits), `lines ${what}`);
            const isPair = (pair: (typeof pairs)[number]) =>
              (isAsked(pair.outbound) || isAsked(pair.inbound)) && !(isAlone && pair.kind === 'full');
            t.same((await store.pairs(query)).filter(isPair), all.pairs.filter(isPair), `pairs ${what}`);
          }
  });

  withStore('does not guess between two namespaces', async (t, store) => {
    const [line] = makePair({ start: DAY, port: 40_000 });
    const [later] = makePair({ start: DAY + 1_000, port: 40_002 });
    const [last] = makePair({ start: DAY + 2_000, port: 40_004 });
    const inNamespace = (of: ParsedLine, namespace: string | null) => ({
      ...of,
      identity: { ...of.identity, namespace },
    });
    await store.append(columnsOf([inNamespace(line, 'shop'), inNamespace(later, null)]), []);
    t.same(
      (await store.lines(ALL)).map(({ identity }) => identity.namespace),
      ['shop', 'shop'],
      'the same pod between the same addresses',
    );
    await store.append(columnsOf([inNamespace(last, 'billing')]), []);
    t.same(
      (await store.lines(ALL)).map(({ identity }) => identity.namespace),
      ['shop', null, 'billing'],
    );
  });

  withStore('pairs both ends whatever comes first and however late', async (t, store) => {
    const near = makePair({ start: DAY, port: 40_000 });
    const far = makePair({ start: DAY + 60_000, port: 40_002, gap: 1_003, duration: 2_000 });
    const late = makePair({ start: DAY + 120_000, port: 40_004, gap: 4_500, duration: 9_000 });
    await store.append(columnsOf([near[1], far[0]]), []);
    await store.append(columnsOf([near[0]]), []);
    await store.append(columnsOf([late[1], far[1]]), []);
    await store.append(columnsOf([late[0]]), []);
    const pairs = await store.pairs(ALL);
    t.same(
      pairs.map((pair) => [pair.outbound.entry, pair.inbound.entry]),
      [near, far, late].map((p) => p.map((line) => line.entry)),
    );
    for (const pair of pairs) {
      t.equal(pair.outbound.peer?.id, pair.inbound.id);
      t.equal(pair.inbound.peer?.id, pair.outbound.id);
      t.same(await store.pair(pair.inbound.id), pair);
      t.ok(pair.score >= 4, `score ${pair.score}`);
    }
    t.same(await store.counts(), { lines: 6, pairs: 3 });
  });

  withStore('pairs each use of a port with its own other end', async (t, store) => {
    const uses = Array.from({ length: 50 }, (_, i) =>
      makePair({ start: DAY + i * 4_000, port: 40_000, duration: 900, bytes: i }),
    );
    const lines = uses.flat();
    const mixed = lines.map((_, i) => lines[(i * 37) % lines.length] as ParsedLine);
    for (let at = 0; at < mixed.length; at += 7) await store.append(columnsOf(mixed.slice(at, at + 7)), []);
    const pairs = await store.pairs(ALL);
    t.equal(pairs.length, 50);
    t.ok(pairs.every((pair) => pair.outbound.entry.bytes_received === pair.inbound.entry.bytes_received));
  });

  withStore('a line that turns a pair into a guess unties it', async (t, store) => {
    const [outbound, inbound] = makePair({ start: DAY, port: 40_000, duration: 1_000 });
    const rival = makeLine('web-0', { ...outbound.entry, start_time: DAY + 1 });
    await store.append(columnsOf([outbound, inbound]), []);
    t.equal((await store.counts()).pairs, 1);
    await store.append(columnsOf([rival]), []);
    t.equal((await store.counts()).pairs, 0);
    t.same(
      (await store.lines(ALL)).map((line) => line.ambiguous),
      [true, true, true],
    );
    const flows = await store.flows({ since: null, until: null });
    t.equal(
      flows.reduce((sum, flow) => sum + flow.paired, 0),
      0,
    );
    t.equal(
      flows.reduce((sum, flow) => sum + flow.ambiguous, 0),
      3,
    );
  });

  withStore(
    'finds the other end behind translated addresses, in tunnels and across gateways',
    async (t, store) => {
      const trips = WAYS.map((way, i) => ({
        way,
        start: DAY + i * 60_000,
        duration: 100,
        port: 40_000,
        gap: 2,
        bytes: 10 + i,
      }));
      await store.append(columnsOf(trips.flatMap(makeTrip)), []);
      const pairs = await store.pairs(ALL);
      const told = pairs.map(({ kind, outbound, inbound }) =>
        [kind, outbound.identity.pod, inbound.identity.pod].join(' '),
      );
      t.same(told, [
        'full web-0 db-0',
        'dnat web-0 db-0',
        'snat web-0 db-0',
        'tunnel web-0 db-0',
        'sni web-0 eastwest-0',
        'full eastwest-0 db-0',
        'full web-0 egress-0',
        'full egress-0 db-0',
      ]);
      t.same(await store.timedPairs(ALL), pairs.map(timesOf), 'the same with their times alone');
      for (const pair of pairs) {
        t.equal(pair.outbound.peer?.id, pair.inbound.id);
        const isHop = pair.inbound.identity.pod?.endsWith('st-0') || pair.inbound.identity.pod === 'egress-0';
        t.equal(isHop ? pair.inbound.previous?.id : pair.inbound.peer?.id, pair.outbound.id);
        t.same(await store.pair(pair.outbound.id), pair);
        for (const end of [pair.outbound, pair.inbound]) {
          const ofShape = await store.pairs({ ...ALL, shapes: new Set([end.shapeId]) });
          t.ok(
            ofShape.some(({ outbound }) => outbound.id === pair.outbound.id),
            `${pair.kind}, asked for by one of its ends`,
          );
          const timed = await store.timedPairs({ ...ALL, shapes: new Set([end.shapeId]) });
          t.same(timed, ofShape.map(timesOf), `${pair.kind}, its times asked for by one of its ends`);
        }
      }
      t.equal((await store.counts()).pairs, pairs.length);
    },
  );

  withStore('takes none of several that fit by half a key, until it is certain', async (t, store) => {
    const trip = { way: 'snat', start: DAY, duration: 100, port: 40_000, gap: 2, bytes: 10 } as const;
    const [client, server] = makeTrip(trip);
    const [rival] = makeTrip({ ...trip, port: 40_010 });
    if (client === undefined || server === undefined || rival === undefined) throw new Error('no trip');
    await store.append(columnsOf([client, server]), []);
    t.same(
      (await store.pairs(ALL)).map((pair) => pair.kind),
      ['snat'],
    );
    await store.append(columnsOf([rival]), []);
    t.same(await store.pairs(ALL), []);
    t.same(await store.timedPairs(ALL), []);
    t.ok((await store.lines(ALL)).every((line) => line.ambiguous && line.peer === null));
    // The rival's own server comes late: the first two are alone with each other again.
    const [, own] = makeTrip({ ...trip, way: 'direct', port: 40_010 });
    await store.append(columnsOf(own === undefined ? [] : [own]), []);
    t.same((await store.pairs(ALL)).map((pair) => pair.kind).sort(), ['full', 'snat']);
    t.ok((await store.lines(ALL)).every((line) => !line.ambiguous));
  });

  withStore('lines that a proxy wrote while a connection was open count once', async (t, store) => {
    const [outbound, inbound] = makePair({ start: DAY, port: 40_000, duration: 60_000, bytes: 90 });
    const early = [1, 2].map((n) =>
      makeLine('web-0', { ...outbound.entry, duration: n * 20_000, bytes_received: n * 30, bytes_sent: 0 }),
    );
    await store.append(columnsOf([early[1] as ParsedLine]), []);
    await store.append(columnsOf([inbound, outbound]), []);
    await store.append(columnsOf([early[0] as ParsedLine]), []);
    t.equal((await store.counts()).lines, 4);
    const lines = await store.lines(ALL);
    t.equal(lines.filter((line) => line.superseded).length, 2);
    t.ok(lines.every((line) => line.superseded === (line.peer === null) && !line.ambiguous));
    t.same(await measuresOf(store), await measuresOfLines(store, (duration) => durationCode(duration ?? -1)));
    const [client] = (await store.flows({ since: null, until: null })).filter(
      (flow) => flow.shape.identity.pod === 'web-0',
    );
    t.match(client, { connections: 1, paired: 1, bytes_received: 90, end: DAY + 60_000 });
    t.equal((await store.counts()).pairs, 1);
  });

  withStore(
    'pairs the requests of one connection by their moment, where they have no id',
    async (t, store) => {
      const requests = Array.from({ length: 300 }, (_, i) => {
        const [outbound, inbound] = makePair({ start: DAY + i * 100, duration: 20, port: 40_000, bytes: 7 });
        const http = { method: 'GET', path: '/', response_code: 200 };
        return [outbound, inbound].map((line, side) =>
          makeLine(side === 0 ? 'web-0' : 'db-0', {
            ...line.entry,
            ...http,
            protocol: i < 200 ? 'HTTP/1.1' : 'HTTP/2',
          }),
        );
      });
      await store.append(columnsOf(requests.slice(0, 150).flat()), []);
      await store.append(columnsOf(requests.slice(150).flat().reverse()), []);
      const pairs = await store.pairs(ALL);
      t.equal(pairs.length, 200, 'requests of HTTP/2 overlap: none of them is certain');
      t.ok(pairs.every((pair) => pair.kind === 'full'));
      t.ok(pairs.every((pair) => pair.inbound.entry.start_time - pair.outbound.entry.start_time === 2));
      t.equal((await store.lines(ALL)).filter((line) => line.ambiguous).length, 200);
    },
  );

  withStore('pairs a request that is alone with its other end though clocks are apart', async (t, store) => {
    const request = (start: number, gap: number) =>
      makePair({ start, duration: 20, gap, port: 40_000, bytes: 7 }).map((line, side) =>
        makeLine(side === 0 ? 'web-0' : 'db-0', {
          ...line.entry,
          method: 'GET',
          path: '/',
          protocol: 'HTTP/1.1',
          duration: 20,
        }),
      );
    await store.append(columnsOf([...request(DAY, 3_000), ...request(DAY + 60_000, 6_000)]), []);
    t.same(
      (await store.pairs(ALL)).map((pair) => pair.outbound.entry.start_time),
      [DAY],
      'six seconds are too many',
    );
    await store.append(columnsOf(request(DAY + 500, 0).slice(0, 1)), []);
    t.same(await store.pairs(ALL), [], 'of two around it none is taken');
  });

  withStore('lists lines in order, by pages, without gap or repetition', async (t, store) => {
    const lines = Array.from({ length: 300 }, (_, i) =>
      makePair({ start: DAY + i * 333, port: 32_768 + i * 2, gap: (i % 5) * 500 - 500 }),
    ).flat();
    await store.append(columnsOf(lines.slice(100)), []);
    await store.append(columnsOf(lines.slice(0, 100)), []);
    for (const order of ['oldest', 'newest'] as const) {
      const whole = await store.lines({ ...ALL, order });
      const pages: StoredLine[] = [];
      for (;;) {
        const last = pages[pages.length - 1];
        const after = last === undefined ? null : { start_time: last.entry.start_time, id: last.id };
        const page = await store.lines({ ...ALL, order, after, limit: 17 });
        pages.push(...page);
        if (page.length < 17) break;
      }
      t.same(
        pages.map((line) => line.id),
        whole.map((line) => line.id),
        order,
      );
      t.equal(new Set(pages.map((line) => line.id)).size, 600);
      const times = whole.map((line) => line.entry.start_time);
      t.same(
        times,
        [...times].sort((a, b) => (order === 'oldest' ? a - b : b - a)),
      );
    }
  });

  withStore('keeps to since, until and shapes', async (t, store) => {
    const lines = Array.from({ length: 100 }, (_, i) =>
      makePair({ start: DAY + i * 100_000, port: 40_000 + i }),
    ).flat();
    await store.append(columnsOf(lines), []);
    const window = { since: DAY + 1_000_000, until: DAY + 2_000_000 };
    const inWindow = lines.filter(
      ({ entry }) => entry.start_time >= window.since && entry.start_time < window.until,
    );
    t.equal((await store.lines({ ...ALL, ...window })).length, inWindow.length);
    const flows = await store.flows({ since: null, until: null });
    const servers = new Set(
      flows.filter((flow) => flow.shape.identity.pod === 'db-0').map((flow) => flow.shape.id),
    );
    t.equal((await store.lines({ ...ALL, shapes: servers })).length, 100);
    t.equal((await store.lines({ ...ALL, shapes: new Set() })).length, 0);
    t.equal((await store.pairs({ ...ALL, ...window, shapes: servers })).length, 10);
  });

  withStore('sums lines up in flows, whatever the order', async (t, store) => {
    const lines = Array.from({ length: 40 }, (_, i) =>
      makePair({ start: DAY + i * 300_000, port: 40_000 + i, bytes: i, duration: 50 + i }),
    ).flat();
    await store.append(columnsOf([...lines].reverse().slice(0, 30)), []);
    await store.append(columnsOf([...lines].reverse()), []);
    const flows = await store.flows({ since: null, until: null });
    const clients = flows.filter((flow) => flow.shape.identity.pod === 'web-0');
    t.equal(
      clients.reduce((sum, flow) => sum + flow.connections, 0),
      40,
    );
    t.equal(
      clients.reduce((sum, flow) => sum + flow.bytes_received, 0),
      (39 * 40) / 2,
    );
    t.ok(flows.every((flow) => flow.paired === flow.connections && flow.ambiguous === 0));
    const [first] = clients;
    t.equal(first?.first, DAY);
    t.equal(first?.last, DAY + 11 * 300_000);
    t.equal(first?.end, DAY + 11 * 300_000 + 61);
    t.same([first?.duration_min, first?.duration_max], [50, 61]);
    t.match(first?.shape, {
      upstream_cluster: 'outbound|5432||db.shop.svc.cluster.local',
      upstream_connected: true,
      upstream_local_ip: '10.1.0.49',
      http: false,
      downstream_remote_ip: /^10\.1\.0\./,
    });
    t.equal((await store.flows({ since: DAY + 3_600_000, until: DAY + 7_200_000 })).length, 2);
  });

  withStore('notes what was refused, by reason and pod', async (t, store) => {
    const identity = { pod: 'p', namespace: null, container: null, node: null };
    const reject = { identity, reason: 'truncated', lines: 2, sample: 'half a' };
    await store.append(columnsOf([]), [reject]);
    await store.append(columnsOf([]), [{ ...reject, sample: 'another' }]);
    t.same(await store.rejects(), [{ ...reject, lines: 4 }]);
  });

  withStore('tells which flows changed since a version, and everything at first', async (t, store) => {
    const [outbound, inbound] = makePair({ start: DAY, port: 40_000 });
    const [other] = makePair({ start: DAY + 7_200_000, port: 40_002 });
    await store.append(columnsOf([outbound, other]), []);
    const first = await store.changedFlows(null);
    t.match(first, { version: store.version(), whole: true });
    t.same(first.flows, await store.flows({ since: null, until: null }));
    t.same(await store.changedFlows(first.version), { version: first.version, whole: false, flows: [] });
    await store.append(columnsOf([inbound]), []);
    const { version, whole, flows } = await store.changedFlows(first.version);
    t.same([version, whole], [store.version(), false]);
    const hour = Math.floor(DAY / 3_600_000);
    const expected = (await store.flows({ since: null, until: null })).filter((flow) => flow.hour === hour);
    const byShape = (a: { shape: { id: number } }, b: { shape: { id: number } }) => a.shape.id - b.shape.id;
    t.same(
      [...flows].sort(byShape),
      [...expected].sort(byShape),
      'both ends of the pair, and not the other hour',
    );
    t.same(
      flows.map((flow) => flow.paired),
      [1, 1],
    );
    t.equal((await store.changedFlows(version - 1_000)).whole, true, 'a version that is not known');
  });

  withStore('has a version that changes with its content only', async (t, store) => {
    const before = store.version();
    const [line] = makePair({ start: DAY, port: 40_000 });
    await store.append(columnsOf([line]), []);
    const after = store.version();
    t.not(after, before);
    await store.append(columnsOf([line]), []);
    t.equal(store.version(), after);
  });
}

function oddLines(): ParsedLine[] {
  return [
    ...makePair({ start: DAY, port: 40_000 }),
    makeLine('nul', {
      start_time: DAY + 1,
      duration: null,
      bytes_received: null,
      bytes_sent: null,
      response_code: null,
    }),
    makeLine('six', {
      start_time: DAY + 2,
      upstream_cluster: 'BlackHoleCluster',
      response_flags: ['UH'],
      downstream_local_address: '[2001:db8::1]:443',
      downstream_remote_address: '[2001:db8::2]:0',
    }),
    makeLine('fail', {
      start_time: DAY + 3,
      response_flags: ['UF', 'URX'],
      upstream_transport_failure_reason: 'delayed_connect_error:_111',
      connection_termination_details: 'transport socket timeout was reached',
      response_code_details: 'filter_chain_not_found',
      upstream_host: '10.0.0.9:5701',
      upstream_cluster: 'outbound|5701||x.y.svc.cluster.local;',
      downstream_local_address: '10.0.0.8:5701',
      downstream_remote_address: '10.0.0.7:65535',
    }),
    makeLine('http', {
      start_time: DAY + 4,
      method: 'GET',
      path: '/a"b',
      protocol: 'HTTP/2',
      response_code: 200,
      upstream_service_time: 12,
      x_forwarded_for: '192.0.2.1,192.0.2.2',
      user_agent: 'curl/8 "quoted"',
      request_id: 'b79e6275-8b8f-99a5-8dc2-d1875964f12e',
      authority: 'shop:80',
      route_name: 'default',
      upstream_host: 'envoy://connect_originate/10.0.0.1:80',
      upstream_local_address: 'envoy://internal_client_address/',
      downstream_remote_address: '10.0.0.5:0',
    }),
    makeLine('more', {
      start_time: DAY + 5,
      bytes_received: Number.MAX_SAFE_INTEGER,
      duration: 90_000_000,
      attributes: { trailing: 'inbound listener', 'src.workload': 'sleep', connection_id: '17' },
    }),
    makeLine('odd', {
      start_time: DAY + 6,
      upstream_local_address: '10.0.0.1:00080',
      downstream_remote_address: '10.0.0.1:99999',
      downstream_local_address: '/var/run/pipe',
      upstream_host: '\u{1f600}:1',
    }),
  ];
}

function timesOf({ outbound, inbound, kind }: StoredPair): TimedPair {
  return { outbound: timed(outbound), inbound: timed(inbound), kind };
}

function timed({ identity, shapeId, entry }: StoredLine): TimedLine {
  const { start_time, duration, method, downstream_local_address, downstream_remote_address } = entry;
  const times = { start_time, duration, method, downstream_local_address, downstream_remote_address };
  return { identity, shapeId, entry: times };
}
