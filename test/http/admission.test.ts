// Promises: L5 (docs/reliability.md).
import t from 'tap';
import { HELD_BYTES_MAX, INGEST_REQUESTS_MAX } from '../../src/domain/limits.ts';
import { createAdmission } from '../../src/http/admission.ts';

const BUSY = { code: 'too_many_requests' };

t.test('so many bodies at once, whatever their way, and again when one is done', async (t) => {
  const admission = createAdmission(20);
  let finish = (): void => {};
  const waiting = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const running = Array.from({ length: INGEST_REQUESTS_MAX }, () => admission.run(() => waiting));
  await t.rejects(
    admission.run(async () => 'taken'),
    BUSY,
  );
  finish();
  await Promise.all(running);
  t.equal(await admission.run(async () => 'taken'), 'taken');
  t.same(admission.state(), { active: 0, heldBytes: 0 });
});

t.test('whoever waits gets the place that is free, in turn, and one that fails leaves its own', async (t) => {
  const admission = createAdmission(60_000);
  const finish: Array<() => void> = [];
  const fail: Array<(error: Error) => void> = [];
  const begun: number[] = [];
  const run = (number: number): Promise<void> =>
    admission.run(() => {
      begun.push(number);
      return new Promise((resolve, reject) => {
        finish.push(resolve);
        fail.push(reject);
      });
    });
  const all = Array.from({ length: INGEST_REQUESTS_MAX + 3 }, (_, number) => run(number));
  await new Promise(setImmediate);
  t.equal(begun.length, INGEST_REQUESTS_MAX);
  finish[0]?.();
  await all[0];
  fail[1]?.(new Error('broken'));
  await t.rejects(all[1] ?? Promise.resolve(), { message: 'broken' });
  await new Promise(setImmediate);
  t.same(begun.slice(INGEST_REQUESTS_MAX), [INGEST_REQUESTS_MAX, INGEST_REQUESTS_MAX + 1]);
  t.equal(admission.state().active, INGEST_REQUESTS_MAX);
  while (admission.state().active > 0) {
    for (const done of finish) done();
    await new Promise(setImmediate);
  }
  await Promise.allSettled(all);
  t.equal(begun.length, INGEST_REQUESTS_MAX + 3);
});

t.test('so many bytes are held at once, and are free again however a body ends', async (t) => {
  const admission = createAdmission();
  await admission.run(async (first) => {
    first.take(HELD_BYTES_MAX - 10);
    await admission.run(async (second) => second.take(10));
    await t.rejects(
      admission.run(async (third) => third.take(11)),
      BUSY,
    );
    t.throws(() => first.take(11), BUSY);
    first.take(10);
  });
  await t.rejects(
    admission.run(async (held) => {
      held.take(HELD_BYTES_MAX);
      throw new Error('broken');
    }),
    { message: 'broken' },
  );
  t.equal(
    await admission.run(async (held) => {
      held.take(HELD_BYTES_MAX);
      return 'all of it';
    }),
    'all of it',
  );
});
