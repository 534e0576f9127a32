/** Installs what the product is compared with, in a folder of its own: no part of this project ever needs it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Their databases come with them: together they take 600 MB. */
const PACKAGES = { '@duckdb/node-api': '1.5.6-r.1', chdb: '3.4.0' } as const;
export type PeerPackage = keyof typeof PACKAGES;

/** Where the peers are kept between runs. */
export function defaultPeersFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'meshwake-bench', 'peers');
}

/**
 * The peers that can be run from this folder; installs what is missing.
 * A peer that cannot be installed is left out, and `tell` is told why: a comparison with fewer is still one.
 */
export function installPeers(folder: string, tell: (text: string) => void): ReadonlySet<PeerPackage> {
  const names = Object.keys(PACKAGES) as PeerPackage[];
  for (const name of names) {
    if (installedVersion(folder, name) === PACKAGES[name]) continue;
    tell(`installing ${name} ${PACKAGES[name]} in ${folder}`);
    const failure = install(folder, name);
    if (failure !== null) tell(`${name} is left out: ${failure}`);
  }
  return new Set(names.filter((name) => installedVersion(folder, name) === PACKAGES[name]));
}

/** Null when it went well, else the end of what npm said. */
function install(folder: string, name: PeerPackage): string | null {
  mkdirSync(folder, { recursive: true });
  // Without one here, npm would look for a project in the folders above.
  if (readVersion(join(folder, 'package.json')) === null)
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "version": "0.0.0" }\n');
  const flags = ['--save-exact', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status, error, stderr } = spawnSync('npm', ['install', ...flags, `${name}@${PACKAGES[name]}`], {
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
