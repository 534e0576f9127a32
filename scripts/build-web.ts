/** Builds the web page: `src/web/` to one HTML file and files whose names have a hash of their content. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Below this a file is as quickly sent as it is. */
const GZIP_BYTES_MIN = 512;

/** Writes `index.html` and `assets/` to `target`, each file of text packed beside it. Errors: what does not compile. */
export async function buildWeb(source: string, target: string): Promise<void> {
  const assets = join(target, 'assets');
  mkdirSync(assets, { recursive: true });
  const { metafile } = await build({
    entryPoints: [join(source, 'main.ts'), join(source, 'style', 'main.css'), join(source, 'icon.svg')],
    outdir: assets,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    loader: { '.svg': 'copy' },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022', 'chrome109', 'firefox115', 'safari16'],
    minify: true,
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  const nameOf = (extension: string): string => {
    const found = Object.entries(metafile.outputs).find(
      ([path, { entryPoint }]) => path.endsWith(extension) && entryPoint !== undefined,
    );
    if (found === undefined) throw new Error(`BUG: the page has no ${extension}`);
    return basename(found[0]);
  };
  const html = readFileSync(join(source, 'page.html'), 'utf8')
    .replaceAll('{{script}}', nameOf('.js'))
    .replaceAll('{{style}}', nameOf('.css'))
    .replaceAll('{{icon}}', nameOf('.svg'));
  writeFileSync(join(target, 'index.html'), html);
  pack(target, 'index.html');
  for (const name of readdirSync(assets)) pack(assets, name);
}

function pack(directory: string, name: string): void {
  const body = readFileSync(join(directory, name));
  if (body.length < GZIP_BYTES_MIN) return;
  writeFileSync(join(directory, `${name}.gz`), gzipSync(body, { level: 9 }));
}
