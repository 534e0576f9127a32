/** Readers that stay at a moment while others write: what they read, and what becomes of the log. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import { columnsOf } from '../../../src/domain/line-columns.ts';
import { openFollower } from '../../../src/store/sqlite/follower.ts';
import { createJournal } from '../../../src/store/sqlite/journal.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { makeLine } from '../../helpers/lines.ts';

const START = Date.UTC(2024, 2, 5, 9);

function open(t: Pick<Test, 'testdir' | 'teardown'>) {
  const path = join(t.testdir({}), 'm.db');
  const journal = createJournal();
  const store = openSqliteStore({ path, mode: 'write', rules: pairingRules, onChange: journal.note });
  let lines = 0;
  const follower = () => {
    const asked: number[][] = [];
    const one = openFollower({
      path,
      rules: pairingRules,
      changedSince: async (since, upTo) => {
        asked.push([since, upTo]);
        const changed = journal.changed(since, store.version());
        return changed === null ? null : [...changed];
      },
      onStep() {},
      onFailure: (error) => {
        throw error;
      },
    });
    t.teardown(one.close);
    return { ...one, asked };
  };
  t.teardown(() => store.close());
  return {
    store,
    follower,
    logBytes: () => statSync(`${path}-wal`).size,
    async write(count: number) {
      const from = lines;
      lines += count;
      const made = Array.from({ length: count }, (_, i) =>
        makeLine(`web-${i % 50}`, { start_time: START + 1_000 * (from + i), bytes_sent: from + i }),
      );
      await store.append(columnsOf(made), []);
    },
  };
}

t.test('what is held is of one moment, and following names the version that it read', async (t) => {
  const { store, follower, write } = open(t);
  const one = follower();
  await write(10);
  one.hold(0);
  const first = await one.changedFlows(null);
  t.equal(first.version, store.version());
  t.equal(one.moment(), first.version);
  await write(10);
  t.equal((await one.counts()).lines, 10, 'the moment stays');
  t.equal(one.version(), first.version);
  one.hold(store.version());
  t.equal(one.version(), store.version(), 'somebody knows of a newer one');
  t.equal(one.moment(), first.version);
  const second = await one.changedFlows(first.version);
  t.equal(second.version, store.version());
  // The file may be ahead of what whoever writes has told: it is asked for all that was read.
  t.strictSame(one.asked, [[first.version, second.version]]);
  one.release();
  one.release();
  one.renew();
});

t.test(
  'a log goes on as long as somebody stays at a moment of it, and begins anew once all are at its end',
  async (t) => {
    const { store, follower, write, logBytes } = open(t);
    const [one, two] = [follower(), follower()];
    await write(2_000);
    one.hold(0);
    await write(2_000);
    two.hold(0);
    const before = logBytes();
    await store.checkpoint();
    await write(2_000);
    t.ok(logBytes() > before, 'an earlier moment is still read');
    one.release();
    two.release();
    two.hold(0);
    await store.checkpoint();
    two.renew();
    t.equal((await two.counts()).lines, 6_000);
    const long = logBytes();
    await write(2_000);
    await write(2_000);
    t.equal(logBytes(), long, 'it is written from its beginning again, though the last moment is still read');
    t.equal((await two.counts()).lines, 6_000);
    two.release();
  },
);
