/**
 * Writes the pages of `docs/` that are made from the program itself: commands, API, errors, fields, metrics.
 * `npm run docs` writes them; `test/docs.test.ts` fails when they are stale.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiPage } from './pages/api.ts';
import { cliPage } from './pages/cli.ts';
import { errorsPage } from './pages/errors.ts';
import { fieldsPage } from './pages/fields.ts';
import { metricsPage } from './pages/metrics.ts';

const DOCS = fileURLToPath(new URL('../docs', import.meta.url));

/** Every generated page by its name in `docs/`. */
export async function generatePages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['cli.md', cliPage()],
    ['api.md', await apiPage()],
    ['errors.md', errorsPage()],
    ['fields.md', fieldsPage()],
    ['metrics.md', await metricsPage()],
  ]);
}

async function writePages(): Promise<void> {
  mkdirSync(DOCS, { recursive: true });
  for (const [name, text] of await generatePages()) writeFileSync(join(DOCS, name), text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writePages();
