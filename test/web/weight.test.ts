/** What the page weighs, as it is sent: it is looked at over slow lines too. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { buildWeb } from '../../scripts/build-web.ts';

/** Of all scripts together, packed. */
const SCRIPT_BYTES_MAX = 150_000;

t.test('all scripts of the page together stay below 150 kB, packed', async (t) => {
  const built = t.testdir();
  await buildWeb(fileURLToPath(new URL('../../src/web/', import.meta.url)), built);
  const scripts = readdirSync(built, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.js'),
  );
  t.ok(scripts.length > 0, 'there are scripts');
  const packed = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(`${built}/${name}`)).length, 0);
  t.ok(packed > 10_000, `${packed} bytes: the page is in them`);
  t.ok(packed < SCRIPT_BYTES_MAX, `${packed} bytes`);
});
