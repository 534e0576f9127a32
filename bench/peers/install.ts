/** Installs what the product is measured with or against, beside the product: none of it belongs to the project. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The databases come with them: together these take 600 MB. */
export const DATABASES = ['@duckdb/node-api', 'chdb'] as const;
const VERSIONS = { '@duckdb/node-api': '1.5.6-r.1', chdb: '3.4.0', autocannon: '9.0.0' } as const;
export type PeerPackage = keyof typeof VERSIONS;

/** Where the peers are kept between runs. */
export function defaultPeersFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'meshwake-bench', 'peers');
}

/**
 * Those of the packages that can be run from this folder; installs what is missing.
 * One that cannot be installed is left out, and `tell` is told why: a comparison with fewer is still one.
 */
export function installPeers(
  folder: string,
  names: readonly PeerPackage[],
  tell: (text: string) => void,
): ReadonlySet<PeerPackage> {
  for (const name of names) {
    if (installedVersion(folder, name) === VERSIONS[name]) continue;
    tell(`installing ${name} ${VERSIONS[name]} in ${folder}`);
    const failure = install(folder, name);
    if (failure !== null) tell(`${name} is left out: ${failure}`);
  }
  return new Set(names.filter((name) => installedVersion(folder, name) === VERSIONS[name]));
}

/** Null when it went well, else the end of what npm said. */
function install(folder: string, name: PeerPackage): string | null {
  mkdirSync(folder, { recursive: true });
  // Without one here, npm would look for a project in the folders above.
  if (readVersion(join(folder, 'package.json')) === null)
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "version": "0.0.0" }\n');
  const flags = ['--save-exact', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, error, stderr } = spawnSync('npm', ['install', ...flags, `${name}@${VERSIONS[name]}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (error !== undefined) return error.message;
  return status === 0 ? null : stderr.trim().slice(-300);
}

function installedVersion(folder: string, name: PeerPackage): string | null {
  return readVersion(join(folder, 'node_modules', name, 'package.json'));
}

function readVersion(file: string): string | null {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? null;
  } catch {
    return null;
  }
}
