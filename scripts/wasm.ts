/**
 * Compiles the WebAssembly of `wasm/` and writes it into the modules of `src/` that hold it, as text: `npm run wasm`. They are kept
 * in the repository, so that only whoever changes it needs the compiler; a test compares.
 */
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WIDTH = 100;

/**
 * Each source, the module that holds what is made of it, and the pages of 64 KiB that its memory begins with: where memory is scarce,
 * the engine looks for some before it refuses to begin, and not before it refuses to grow.
 */
export const WASM_MODULES = [
  { source: 'wasm/scanner/main.ts', module: 'src/parse/scanner-code.ts', name: 'SCANNER_CODE', pages: 17 },
  {
    source: 'wasm/window/main.ts',
    module: 'src/store/sqlite/pairing/window-code.ts',
    name: 'WINDOW_CODE',
    pages: 395,
  },
  {
    source: 'wasm/lists.ts',
    module: 'src/store/sqlite/pairing/list-code.ts',
    name: 'LIST_CODE',
    pages: 4,
  },
  {
    source: 'wasm/clients.ts',
    module: 'src/store/sqlite/clients/client-code.ts',
    name: 'CLIENT_CODE',
    pages: 36,
  },
  {
    source: 'wasm/intake/main.ts',
    module: 'src/store/sqlite/intake/intake-code.ts',
    name: 'INTAKE_CODE',
    pages: 24,
  },
  { source: 'wasm/batch/main.ts', module: 'src/store/sqlite/batch-code.ts', name: 'BATCH_CODE', pages: 24 },
] as const;

/** The text of a module that holds what is made of a source. Errors: what the compiler has to say. */
export async function compileWasm({ source, name, pages }: (typeof WASM_MODULES)[number]): Promise<string> {
  let binary: Uint8Array | null = null;
  const errors: string[] = [];
  const options = [
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--noAssert',
    '-O3',
    '--debug',
    '--use',
    'abort=',
  ];
  const { error } = await main(
    [source, ...options, '--initialMemory', String(pages), '--baseDir', ROOT, '-o', 'out.wasm'],
    {
      stderr: { write: (text) => errors.push(String(text)) > 0 },
      writeFile(file, contents) {
        if (file === 'out.wasm') binary = contents as Uint8Array;
      },
    },
  );
  if (error !== null || binary === null) throw new Error(errors.join('') || String(error));
  const text = Buffer.from(binary).toString('base64');
  const lines = Array.from({ length: Math.ceil(text.length / WIDTH) }, (_, i) =>
    text.slice(i * WIDTH, (i + 1) * WIDTH),
  );
  return `// Made by \`npm run wasm\` from ${source}: do not edit.

/** In base64. */
export const ${name} = [
${lines.map((line) => `  '${line}',\n`).join('')}].join('');
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const one of WASM_MODULES) writeFileSync(join(ROOT, one.module), await compileWasm(one));
}
