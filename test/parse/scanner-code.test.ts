/** The WebAssembly in the sources is what its own source is compiled to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { compileWasm, WASM_MODULES } from '../../scripts/wasm.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

for (const one of WASM_MODULES) {
  t.test(`${one.module} is made of ${one.source}`, async (t) => {
    const kept = readFileSync(join(ROOT, one.module), 'utf8');
    t.equal(await compileWasm(one), kept, 'see `npm run wasm`');
  });
}
