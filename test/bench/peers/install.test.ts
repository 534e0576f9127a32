import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DATABASES, defaultPeersFolder, installPeers } from '../../../bench/peers/install.ts';

t.test('a peer that cannot be installed is told and left out', async (t) => {
  const folder = join(t.testdir(), 'peers');
  const path = process.env.PATH;
  t.teardown(() => {
    process.env.PATH = path;
  });
  process.env.PATH = t.testdirName;
  const told: string[] = [];
  const peers = installPeers(folder, DATABASES, (text) => told.push(text));
  t.equal(peers.size, 0);
  t.match(told.join('\n'), /chdb is left out: .*npm/);
});

t.test('what is there in the right version is not installed again', async (t) => {
  const folder = t.testdir();
  for (const [name, version] of [
    ['chdb', '3.4.0'],
    ['@duckdb/node-api', '1.5.6-r.1'],
  ] as const) {
    mkdirSync(join(folder, 'node_modules', name), { recursive: true });
    writeFileSync(join(folder, 'node_modules', name, 'package.json'), JSON.stringify({ version }));
  }
  const told: string[] = [];
  t.strictSame(
    installPeers(folder, DATABASES, (text) => told.push(text)),
    new Set(['@duckdb/node-api', 'chdb']),
  );
  t.strictSame(told, []);
});

t.test('peers are kept in the cache of the user', async (t) => {
  t.equal(defaultPeersFolder({ XDG_CACHE_HOME: '/c' }), '/c/meshwake-bench/peers');
  t.match(defaultPeersFolder({}), /\.cache\/meshwake-bench\/peers$/);
});
