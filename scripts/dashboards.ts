/** Writes the dashboards of `deploy/grafana/`: `npm run dashboards`; a test fails when they are stale. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { destination } from './dashboards/destination.ts';
import { meshRouting } from './dashboards/mesh-routing.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIRECTORY = join(ROOT, 'deploy', 'grafana', 'dashboards');

/** Every dashboard by the name of its file. */
export const DASHBOARDS: Readonly<Record<string, () => object>> = {
  'mesh-routing.json': meshRouting,
  'destination.json': destination,
};

function writeDashboards(): void {
  for (const [name, make] of Object.entries(DASHBOARDS)) {
    writeFileSync(join(DIRECTORY, name), `${JSON.stringify(make(), null, 2)}\n`);
  }
  // As every other file here is laid out.
  const biome = join(ROOT, 'node_modules', '.bin', 'biome');
  const { status } = spawnSync(biome, ['format', '--write', DIRECTORY], { cwd: ROOT, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeDashboards();
