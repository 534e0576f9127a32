// Promises: L5 (docs/reliability.md).
import t from 'tap';
import { HELD_BYTES_MAX, INGEST_REQUESTS_MAX } from '../../src/domain/limits.ts';
import { createAdmission } from '../../src/http/admission.ts';

const BUSY = { code: 'too_many_requests' };

t.test('so many bodies at once, whatever their way, and again when one is done', async (t) => {
  const admission = createAdmission();
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
