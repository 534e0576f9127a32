/**
 * The import table of the project and the functions that check sources against it.
 * All functions are pure: a source file is `{ path, text }`, its path relative to `src/` with `/` between the parts.
 */
import { posix } from 'node:path';

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

interface Rule {
  /** Modules of `src/` that may be imported, or `everything`. */
  readonly modules: readonly string[] | 'everything';
  /** Whether `node:` modules may be imported. */
  readonly node: boolean;
  /** Packages that may be imported; `@fastify/*` stands for the whole scope. */
  readonly packages: readonly string[] | 'everything';
}

/** Who may import what. The key is the module of a file, see {@link moduleOf}. */
export const RULES: Readonly<Record<string, Rule>> = {
  domain: { modules: ['domain'], node: false, packages: [] },
  parse: { modules: ['domain', 'parse'], node: false, packages: [] },
  ingest: { modules: ['domain', 'ingest'], node: true, packages: ['fzstd', 'protobufjs', 'stream-json'] },
  analysis: { modules: ['domain', 'analysis'], node: false, packages: [] },
  reports: { modules: ['domain', 'reports'], node: false, packages: ['croner'] },
  deliver: { modules: ['domain', 'output', 'deliver'], node: true, packages: ['nodemailer'] },
  'store/sqlite': { modules: ['domain', 'store/sqlite'], node: true, packages: ['better-sqlite3'] },
  'store/thread': { modules: ['domain', 'store/thread'], node: true, packages: [] },
  'store/clickhouse': {
    modules: ['domain', 'store/clickhouse'],
    node: true,
    packages: ['@clickhouse/client'],
  },
  answers: { modules: ['domain', 'answers'], node: true, packages: [] },
  output: { modules: ['domain', 'output'], node: false, packages: [] },
  auth: { modules: ['domain', 'auth'], node: true, packages: [] },
  grpc: { modules: ['domain', 'auth', 'ingest', 'output', 'grpc'], node: true, packages: ['@grpc/grpc-js'] },
  http: {
    modules: ['domain', 'answers', 'auth', 'analysis', 'ingest', 'reports', 'output', 'http'],
    node: true,
    packages: ['fastify', '@fastify/*', 'typebox', 'prom-client'],
  },
  web: { modules: ['domain', 'output', 'web'], node: false, packages: ['uplot'] },
  config: { modules: ['domain', 'config'], node: false, packages: ['yaml'] },
  compose: { modules: 'everything', node: true, packages: 'everything' },
  cli: {
    modules: ['compose', 'config', 'domain', 'analysis', 'ingest', 'reports', 'output', 'cli'],
    node: true,
    packages: ['commander', 'picocolors', 'split2'],
  },
};

/** Returns every breach of the import table in one file, as sentences. */
export function checkImports(file: SourceFile): string[] {
  const module = moduleOf(file.path);
  const rule = RULES[module];
  if (rule === undefined) return [`${file.path}: the import table has no rule for "${module}"`];
  return listImports(file.text).flatMap((specifier) => {
    const problem = checkSpecifier(file.path, rule, specifier);
    return problem === null ? [] : [`${file.path}: ${module} may not import "${specifier}"${problem}`];
  });
}

/** Returns what else the house rules forbid in one file: barrels, `any` casts, switched-off type checks. */
export function checkHouseRules(file: SourceFile): string[] {
  const code = withoutComments(file.text);
  const problems: string[] = [];
  if (/(^|\/)index\.[mc]?ts$/.test(file.path)) problems.push('no barrel files: name it for its subject');
  if (/\bas\s+any\b|<any>|\bas\s+unknown\s+as\s+any\b/.test(code)) problems.push('no cast to any');
  if (/@ts-(ignore|nocheck)|biome-ignore[^\n]*noExplicitAny/.test(file.text)) {
    problems.push('no switched-off type checks');
  }
  return problems.map((problem) => `${file.path}: ${problem}`);
}

/**
 * Finds import cycles, type imports included.
 * Shape: each cycle is told once, as the paths along it, from its alphabetically first file back to that file.
 */
export function findCycles(files: readonly SourceFile[]): string[][] {
  const known = new Set(files.map((file) => file.path));
  const edges = new Map(
    files.map((file) => [file.path, relativeTargets(file).filter((target) => known.has(target))]),
  );
  return stronglyConnected(edges)
    .filter((group) => group.length > 1 || edges.get(group[0] ?? '')?.includes(group[0] ?? ''))
    .map((group) => shortestCycle([...group].sort()[0] ?? '', edges, new Set(group)));
}

/** Returns the specifiers that a file imports or re-exports from, statically, dynamically, or for a type. */
export function listImports(text: string): string[] {
  const code = withoutComments(text);
  const patterns = [
    /^\s*(?:import|export)\b[^'"`;=()]*?\bfrom\s*['"]([^'"\n]+)['"]/gm,
    /^\s*import\s*['"]([^'"\n]+)['"]/gm,
    /\b(?:import|require)\s*\(\s*['"`]([^'"`\n]+)['"`]/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''));
}

/** Returns the module of a file: its folder, one deeper under `store/`, or its name for a file at the top. */
export function moduleOf(path: string): string {
  const parts = path.split('/');
  if (parts.length === 1) return path.replace(/\.[mc]?ts$/, '');
  if (parts[0] === 'store') return parts.length === 2 ? 'store' : `store/${parts[1]}`;
  return parts[0] ?? path;
}

/** Returns null when the import is allowed, else what to add to the sentence (may be empty). */
function checkSpecifier(path: string, rule: Rule, specifier: string): string | null {
  if (specifier.startsWith('.')) return checkRelative(path, rule, specifier);
  if (specifier.startsWith('node:')) return rule.node ? null : '';
  if (rule.packages === 'everything') return null;
  return rule.packages.some((name) => matchesPackage(name, specifier)) ? null : '';
}

function checkRelative(path: string, rule: Rule, specifier: string): string | null {
  if (!/\.(ts|json)$/.test(specifier)) return ': a relative import ends in .ts';
  const target = posix.join(posix.dirname(path), specifier);
  if (target.startsWith('..')) return target.startsWith('../package.json') ? null : ': it is outside src/';
  if (rule.modules === 'everything') return null;
  return rule.modules.includes(moduleOf(target)) ? null : '';
}

function matchesPackage(name: string, specifier: string): boolean {
  if (name.endsWith('/*')) return specifier.startsWith(name.slice(0, -1));
  return specifier === name || specifier.startsWith(`${name}/`);
}

function relativeTargets(file: SourceFile): string[] {
  return listImports(file.text)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(file.path), specifier));
}

/** Blanks whole-line and block comments; the formatter keeps these at the start of a line. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/^\s*\/\/.*$/gm, '');
}

/** Groups files that reach each other: for every file, those it reaches that reach it back. */
function stronglyConnected(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const reach = new Map([...edges.keys()].map((path) => [path, reachable(path, edges)]));
  const seen = new Set<string>();
  const groups: string[][] = [];
  for (const path of edges.keys()) {
    if (seen.has(path)) continue;
    const others = [...(reach.get(path) ?? [])].filter((other) => reach.get(other)?.has(path));
    const group = [...new Set([path, ...others])];
    for (const member of group) seen.add(member);
    groups.push(group);
  }
  return groups;
}

function reachable(start: string, edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const queue = [...(edges.get(start) ?? [])];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    queue.push(...(edges.get(path) ?? []));
  }
  return found;
}

function shortestCycle(
  start: string,
  edges: ReadonlyMap<string, readonly string[]>,
  group: ReadonlySet<string>,
): string[] {
  const queue: string[][] = [[start]];
  const seen = new Set<string>();
  for (let trail = queue.shift(); trail !== undefined; trail = queue.shift()) {
    for (const next of edges.get(trail.at(-1) ?? '') ?? []) {
      if (next === start) return [...trail, start];
      if (!group.has(next) || seen.has(next)) continue;
      seen.add(next);
      queue.push([...trail, next]);
    }
  }
  return [start];
}
