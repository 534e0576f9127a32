import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { testStore } from '../../contract/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshwake-test-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

testStore('sqlite, temporary', async () =>
  openSqliteStore({ path: null, mode: 'write', rules: pairingRules }),
);
testStore('sqlite, file', async () =>
  openSqliteStore({ path: join(folder, `${files++}.db`), mode: 'write', rules: pairingRules }),
);
