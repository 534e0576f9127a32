/** Says of each function of a CPU profile, by its source, to which stage of a line's life it belongs. */

/** In the order of a line's life. */
export const STAGES = [
  'start-up',
  'read and split',
  'parse',
  'hand over to the writer',
  'intern texts and shapes',
  'pair',
  'routes and totals',
  'rows, indexes, SQLite',
  'garbage collection',
  'rest',
] as const;
export type Stage = (typeof STAGES)[number];

/**
 * The first rule that fits decides. What SQLite itself does counts for the function that called it: a profile does not
 * see into native code.
 */
const RULES: ReadonlyArray<readonly [path: RegExp, stage: Stage]> = [
  [
    /^node:internal\/(modules|bootstrap|per_context|main|process|util)|\/node_modules\/(?!better-sqlite3|bindings)/,
    'start-up',
  ],
  [/\/src\/(cli|compose|config)/, 'start-up'],
  [/\/src\/store\/thread\/|^node:(internal\/)?worker/, 'hand over to the writer'],
  [/\/src\/ingest\/|^node:(internal\/)?(fs|streams|buffer|zlib)/, 'read and split'],
  [/\/src\/parse\/|\/src\/domain\//, 'parse'],
  [/\/src\/store\/[^/]+\/pairing\/|\/src\/analysis\//, 'pair'],
  [/\/src\/store\/[^/]+\/[^/]*(dictionary|shape|tuple|intake|text)[^/]*$/, 'intern texts and shapes'],
  [
    /\/src\/store\/[^/]+\/([^/]*(flow|total|rollup|route)[^/]*|(sums|measures|clients)\/.*)$/,
    'routes and totals',
  ],
  [/\/src\/store\/|\/node_modules\/(better-sqlite3|bindings)\//, 'rows, indexes, SQLite'],
];

/** The same for functions of `wasm/`, by their names: their address says nothing. */
const WASM_RULES: ReadonlyArray<readonly [name: RegExp, stage: Stage]> = [
  [/^wasm\/scanner\//, 'parse'],
  [/^wasm\/(window|lists)\//, 'pair'],
  [/^wasm\/batch\/(rows|pages|segment[^/]*|columns)\//, 'rows, indexes, SQLite'],
  [/^wasm\/(batch|clients)\//, 'routes and totals'],
];

/** The stage of a function, by its name and the address of its file. Null: nothing was done, the thread waited. */
export function stageOf(functionName: string, url: string): Stage | null {
  if (functionName === '(idle)') return null;
  if (functionName === '(garbage collector)') return 'garbage collection';
  // The engine names a regular expression by its text; only the parser has long ones.
  if (functionName.startsWith('RegExp: ')) return 'parse';
  if (functionName === 'postMessage') return 'hand over to the writer';
  if (functionName.startsWith('wasm/'))
    return WASM_RULES.find(([name]) => name.test(functionName))?.[1] ?? 'rest';
  return RULES.find(([path]) => path.test(url))?.[1] ?? 'rest';
}
