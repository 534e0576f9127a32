/** Forgetting beside everything else: what is young is there all the time, whatever is dropped meanwhile. (B8, L10) */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkDatabase } from '../../src/compose/database.ts';
import { HOUR_MS } from '../../src/domain/time.ts';
import { ended, runCli } from '../helpers/cli.ts';
import { oldLines } from '../helpers/faults/old-lines.ts';
import { Oracle } from '../helpers/faults/oracle.ts';
import { sendUntilGone } from '../helpers/faults/sender.ts';
import { serve } from '../helpers/serve.ts';

const LONG = process.env.LONG_TESTS !== undefined;
const OLD_DAYS = 20;
const LINES_PER_DAY = LONG ? 20_000 : 2_000;

t.test('old lines go while new ones come, and no others', async (t) => {
  const db = join(t.testdir({}), 'm.db');
  const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  // The youngest of them are to stay: the cut goes right through.
  const day = (age: number): string => oldLines(LINES_PER_DAY, now - age * 24 * HOUR_MS);
  const stdin = Array.from({ length: OLD_DAYS }, (_, index) => day(index + 21)).join('');
  t.match(await runCli(['ingest', '--db', db], { stdin }), { exit: 0 });
  const size = statSync(db).size;
  const { child, url, get } = await serve(t, ['--db', db, '--retention', '30d']);
  const result = ended(child);
  const oracle = new Oracle(8, now - 2 * HOUR_MS);
  let said = '';
  child.stderr.on('data', (text: string) => {
    said += text;
  });
  const count = async (query: string): Promise<number> => {
    const { lines } = (await get(`/api/v1/coverage?${query}`)) as {
      lines: { total?: number } & Record<string, number>;
    };
    return Object.values(lines).reduce((most, value) => Math.max(most, value), 0);
  };
  const young = new Date(now - 22 * 24 * HOUR_MS).toISOString();
  let alive = 0;
  let rounds = 0;
  while (!/forgotten/.test(said) || rounds < 3) {
    rounds++;
    await sendUntilGone({ url, oracle, linesMax: 200, connections: 2, batchesMax: 4 });
    if ((await fetch(`${url}/livez`)).status === 200) alive++;
    t.equal(await count(`pod=old-0&since=${young}`), 2 * LINES_PER_DAY, 'what is young is all there');
  }
  t.equal(alive, rounds);
  t.match(
    said,
    new RegExp(
      `${((OLD_DAYS - 10) * LINES_PER_DAY).toLocaleString('en')} lines that started before .* forgotten`,
    ),
  );
  t.equal(await count('pod=old-0'), 10 * LINES_PER_DAY, 'nothing else was touched');
  child.kill('SIGTERM');
  t.match(await result, { exit: 0 });
  t.ok(statSync(db).size < size * 1.5 + 4 * 1024 * 1024, 'the room of what went is used again');
  t.strictSame(await checkDatabase(db), { ok: true, problems: [] });
  t.strictSame(await oracle.check(db), []);
  t.comment(JSON.stringify({ forgotten: (OLD_DAYS - 10) * LINES_PER_DAY, rounds, ...oracle.stats() }));
});
