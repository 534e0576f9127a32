// Promises: B7 (docs/reliability.md).
/** Cursors while lines arrive: nothing twice, and nothing skipped that was there at the start. */
import fc from 'fast-check';
import t from 'tap';
import { simulate } from '../../bench/simulator/simulate.ts';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { RESOURCE_NAMES } from '../../src/output/columns.ts';
import { createApp } from '../helpers/app.ts';

t.test(
  'a walk through pages meets every item that was there, once, whatever comes in meanwhile',
  async (t) => {
    const walks = fc.record({
      resource: fc.constantFrom(...RESOURCE_NAMES),
      seed: fc.integer({ min: 1, max: 100 }),
      limit: fc.integer({ min: 3, max: 60 }),
      held: fc.double({ min: 0.2, max: 0.9, noNaN: true }),
      order: fc.constantFrom('as_delivered', 'mixed'),
    });
    await fc.assert(
      fc.asyncProperty(walks, async ({ resource, seed, limit, held, order }) => {
        const all = [
          ...simulate({ scenario: 'all_in_turn', seed, lines: 600, linesPerSecond: 0.2 }).lines,
        ].map(({ line }) => `${line}\n`);
        // Every third line is late: it is older than what is held.
        if (order === 'mixed') all.sort((a, b) => (a.length % 3) - (b.length % 3));
        const cut = Math.floor(all.length * held);
        const { app, runtime } = await createApp(t, { lines: all.slice(0, cut).join('') });
        const idsOf = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id);
        const page = async (
          query: string,
        ): Promise<{ items: { id: string }[]; next_cursor: string | null }> =>
          (await app.inject(`/api/v1/${resource}?${query}`)).json();
        const before = new Set(idsOf((await page('limit=10000')).items));
        const met: string[] = [];
        let at = cut;
        for (let cursor: string | null = ''; cursor !== null; ) {
          const { items, next_cursor } = await page(
            `limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`,
          );
          met.push(...idsOf(items));
          cursor = next_cursor;
          const ingest = runtime.newIngest({ format: null, identity: NO_IDENTITY });
          await ingest.write(Buffer.from(all.slice(at, at + 40).join('')));
          await ingest.end();
          at += 40;
        }
        t.equal(new Set(met).size, met.length, `${resource}: none twice`);
        // What further lines made another one of is not there any more.
        const after = new Set(idsOf((await page('limit=10000')).items));
        const skipped = [...before].filter((id) => after.has(id) && !met.includes(id));
        t.strictSame(skipped, [], `${resource}: none skipped`);
      }),
      { numRuns: 12, seed: 3 },
    );
  },
);
