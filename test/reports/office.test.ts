/** Whole schedules: what is due is made once, whatever happens, and carried to everybody. (E6) */
import t from 'tap';
import { pairingRules } from '../../src/analysis/pairing/rules.ts';
import { DeliveryError } from '../../src/domain/delivery.ts';
import { DELIVERY_TRIES_MAX } from '../../src/domain/limits.ts';
import type { Store } from '../../src/domain/ports.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { until } from '../helpers/cli.ts';
import { makeCarrier, makeOffice, makePlan } from '../helpers/reports.ts';

const at = (text: string): number => Date.parse(text);
const ALL = { schedule: null, before: null, limit: 100 };

/** Looks at once, and waits until nothing is under way. */
async function settle(store: Store, condition: () => Promise<boolean>): Promise<void> {
  await until('reports are made and delivered', async () => ((await condition()) ? true : null));
  await store.reports.pendingDeliveries();
}

t.test('a report is made when its time has come, and delivered to each target once', async (t) => {
  let now = at('2026-01-06T06:59:59.900Z');
  const carriers = [makeCarrier('mail'), makeCarrier('hook')];
  const { office, store, made } = makeOffice({
    plans: [makePlan({ deliver: ['mail', 'hook'] })],
    carriers,
    now: () => now,
  });
  await office.start();
  t.strictSame(await store.reports.reports(ALL), [], 'not before');
  now = at('2026-01-06T07:00:00.005Z');
  await settle(store, async () => carriers.every(({ sent }) => sent.length > 0));
  await office.stop();
  t.strictSame(made, [
    { since: at('2026-01-05T07:00:00Z'), until: at('2026-01-06T07:00:00Z'), filters: {}, compareSince: null },
  ]);
  t.strictSame(
    carriers.map(({ sent }) => sent),
    [['daily-20260106T070000Z/mail'], ['daily-20260106T070000Z/hook']],
  );
  t.match(await store.reports.reports(ALL), [{ id: 'daily-20260106T070000Z', missed: 0 }]);
  await store.close();
});

t.test('what was missed while nobody was there is made up for once, and only once', async (t) => {
  const path = `${t.testdir()}/m.db`;
  const open = (): Store => openSqliteStore({ path, mode: 'write', rules: pairingRules });
  let now = at('2026-01-05T12:00:00Z');
  const plans = [makePlan({ windowMs: null, deliver: ['hook'] })];
  const carrier = makeCarrier('hook');
  const live = async (): Promise<readonly string[]> => {
    const { office, store, made } = makeOffice({ plans, carriers: [carrier], store: open(), now: () => now });
    const before = carrier.sent.length;
    await office.start();
    await settle(store, async () => (await store.reports.pendingDeliveries()).length === 0);
    // Whatever is due has been made before the first wait.
    await office.schedules();
    await office.stop();
    await store.close();
    t.equal(carrier.sent.length - before, made.length, 'what is made is delivered');
    return made.map(({ since, until, compareSince }) =>
      [since, until, compareSince]
        .map((time) => (time === null ? '-' : new Date(time).toISOString().slice(5, 16)))
        .join(' '),
    );
  };
  t.strictSame(await live(), [], 'a new schedule makes nothing up');
  now = at('2026-01-06T07:00:01Z');
  t.strictSame(await live(), ['01-05T07:00 01-06T07:00 -']);
  now = at('2026-01-09T12:00:00Z');
  t.strictSame(await live(), ['01-06T07:00 01-09T07:00 01-06T07:00'], 'one report, on all of the time');
  t.strictSame(await live(), [], 'and no second one');
  const store = open();
  t.match(await store.reports.reports(ALL), [{ missed: 2 }, { missed: 0 }]);
  await store.close();
});

t.test('a target that does not answer, or fails, holds up no other', async (t) => {
  let now = at('2026-01-06T07:00:00.000Z');
  const carriers = [makeCarrier('stuck'), makeCarrier('broken'), makeCarrier('fine')] as const;
  const [stuck, broken, fine] = carriers;
  stuck.hold = new Promise(() => {});
  broken.failure = new DeliveryError('status 500');
  const plans = [makePlan({ cron: '* * * * *', deliver: ['stuck', 'broken', 'fine'] })];
  const { office, store, told } = makeOffice({ plans, carriers, now: () => now });
  await office.start();
  now += 60_000;
  await settle(store, async () => fine.sent.length === 1 && broken.tried.length === 1);
  await until('the failure is noted', async () => (office.problems().length > 0 ? true : null));
  t.strictSame(office.problems(), ['cannot deliver to broken; it is tried again']);
  t.match(told, [/cannot deliver daily-20260106T070100Z to broken: status 500; tried again/]);
  t.match(await store.reports.deliveriesOf(['daily-20260106T070100Z']), [
    { target: 'broken', state: 'pending', tries: 1, error: 'status 500', next_try: now + 2_000 },
    { target: 'fine', state: 'delivered', tries: 1 },
    { target: 'stuck', state: 'pending', tries: 1, error: null },
  ]);
  const [schedule] = await office.schedules();
  t.match(schedule?.targets, [
    { target: 'stuck', destination: 'https://example.com', delivery: { state: 'pending' } },
    { target: 'broken', delivery: { error: 'status 500' } },
    { target: 'fine', delivery: { state: 'delivered' } },
  ]);
  broken.failure = null;
  now += 2_000;
  await settle(store, async () => broken.sent.length === 1);
  await until('nothing is wrong', async () => (office.problems().length === 0 ? true : null));
  await office.stop();
  t.strictSame(broken.tried, [broken.tried[0], broken.tried[0]], 'under the same id');
  const [, , last] = await store.reports.deliveriesOf(['daily-20260106T070100Z']);
  t.match(
    last,
    { target: 'stuck', state: 'pending', error: /interrupted/, next_try: now },
    'first thing next time',
  );
  await store.close();
});

t.test(
  'a delivery is given up after so many tries, and what the target asks for is waited for',
  async (t) => {
    let now = at('2026-01-06T06:59:59.990Z');
    const carrier = makeCarrier('hook');
    carrier.failure = new DeliveryError('status 429', { retryAfterMs: 7_200_000 });
    const plans = [makePlan({ cron: '0 7 6 1 *', deliver: ['hook'] })];
    const { office, store, told } = makeOffice({ plans, carriers: [carrier], now: () => now });
    await office.start();
    now = at('2026-01-06T07:00:00.000Z');
    const delivery = async () => (await store.reports.deliveriesOf(['daily-20260106T070000Z']))[0];
    for (let tries = 1; tries < DELIVERY_TRIES_MAX; tries++) {
      await settle(
        store,
        async () => (await delivery())?.tries === tries && (await delivery())?.error !== null,
      );
      t.equal((await delivery())?.next_try, now + 7_200_000);
      if (tries === 1) carrier.failure = new DeliveryError('status 429', { retryAfterMs: 7_200_000 });
      now += 7_200_000;
    }
    await settle(store, async () => (await delivery())?.state === 'failed');
    await office.stop();
    t.match(await delivery(), { tries: DELIVERY_TRIES_MAX, next_try: null, error: 'status 429' });
    t.match(told.at(-1), /gave up delivering daily-20260106T070000Z to hook: status 429/);
    t.same(office.counters().deliveries.get('hook'), {
      delivered: 0,
      retried: DELIVERY_TRIES_MAX - 1,
      failed: 1,
    });
    await store.close();
  },
);

t.test('a report that cannot be made is told, and made later', async (t) => {
  let now = at('2026-01-06T06:59:59.990Z');
  let failure: Error | null = new Error('the disk is full');
  const { office, store, told } = makeOffice({
    plans: [makePlan()],
    now: () => now,
    make: async (request) => {
      if (failure !== null) throw failure;
      const { makeStoredReport } = await import('../helpers/stored-report.ts');
      return makeStoredReport({ since: request.since, until: request.until }).report;
    },
  });
  await office.start();
  now = at('2026-01-06T07:00:00.000Z');
  await until('it failed', async () => (office.problems().length > 0 ? true : null));
  t.strictSame(office.problems(), ['cannot make report daily: the disk is full']);
  t.match(told, [/cannot make report daily: the disk is full/]);
  t.equal(office.counters().failed.get('daily'), 1);
  failure = null;
  now += 30_000;
  await settle(store, async () => (await store.reports.reports(ALL)).length === 1);
  await until('nothing is wrong', async () => (office.problems().length === 0 ? true : null));
  await office.stop();
  await store.close();
});

t.test('a target that is gone from the configuration is given up', async (t) => {
  let now = at('2026-01-06T06:59:59.990Z');
  const carrier = makeCarrier('hook');
  carrier.failure = new DeliveryError('status 500');
  const first = makeOffice({ plans: [makePlan({ deliver: ['hook'] })], carriers: [carrier], now: () => now });
  await first.office.start();
  now = at('2026-01-06T07:00:00.000Z');
  await settle(first.store, async () => carrier.tried.length === 1);
  await first.office.stop();
  const { office, store } = makeOffice({ plans: [makePlan()], store: first.store, now: () => now });
  await office.start();
  await settle(store, async () => (await store.reports.pendingDeliveries()).length === 0);
  await office.stop();
  t.match(await store.reports.deliveriesOf(['daily-20260106T070000Z']), [
    { state: 'failed', error: 'the configuration has no target of this name any more' },
  ]);
  await store.close();
});

t.test('a report that is asked for is kept, and delivered to nobody', async (t) => {
  const now = at('2026-01-06T07:00:00.123Z');
  const carrier = makeCarrier('hook');
  const { office, store } = makeOffice({
    plans: [makePlan({ deliver: ['hook'] })],
    carriers: [carrier],
    now: () => now,
  });
  const request = { since: now - 1_000, until: now, filters: { port: ['80'] }, compareSince: null };
  const asked = office.ask(request);
  await t.rejects(office.ask(request), { code: 'too_many_requests' });
  t.match(await asked, { id: 'asked-20260106T070000123Z', schedule: null, filters: { port: ['80'] } });
  t.strictSame(await store.reports.report('asked-20260106T070000123Z'), await asked);
  t.strictSame(await store.reports.pendingDeliveries(), []);
  await store.close();
});
