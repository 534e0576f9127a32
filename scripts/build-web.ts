/** Builds the web pages: `src/web/` to HTML files, and files whose names have a hash of their content. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** The pages by the name of their file: what stands in the place of the names in the template, and the title. */
const PAGES = {
  'index.html': { script: 'main.ts', style: join('style', 'main.css'), title: 'Meshwake' },
  'docs.html': { script: join('docs', 'docs.ts'), style: join('style', 'docs.css'), title: 'API · Meshwake' },
} as const;
const ICON = 'icon.svg';

/** Below this a file is as quickly sent as it is. */
const GZIP_BYTES_MIN = 512;

/** Writes the pages and `assets/` to `target`, each file of text packed beside it. Errors: what does not compile. */
export async function buildWeb(source: string, target: string): Promise<void> {
  const assets = join(target, 'assets');
  mkdirSync(assets, { recursive: true });
  const { metafile } = await build({
    entryPoints: [...Object.values(PAGES).flatMap(({ script, style }) => [script, style]), ICON].map((name) =>
      join(source, name),
    ),
    outdir: assets,
    // Pages and their styles lie in folders of the sources, and side by side here.
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
  const nameOf = (entry: string): string => {
    const found = Object.entries(metafile.outputs).find(
      ([, { entryPoint }]) => entryPoint !== undefined && resolve(entryPoint) === resolve(source, entry),
    );
    if (found === undefined) throw new Error(`BUG: nothing was made of ${entry}`);
    return basename(found[0]);
  };
  const template = readFileSync(join(source, 'page.html'), 'utf8');
  for (const [name, { script, style, title }] of Object.entries(PAGES)) {
    const html = template
      .replaceAll('{{title}}', title)
      .replaceAll('{{script}}', nameOf(script))
      .replaceAll('{{style}}', nameOf(style))
      .replaceAll('{{icon}}', nameOf(ICON));
    writeFileSync(join(target, name), html);
    pack(target, name);
  }
  for (const name of readdirSync(assets)) pack(assets, name);
}

function pack(directory: string, name: string): void {
  const body = readFileSync(join(directory, name));
  if (body.length < GZIP_BYTES_MIN) return;
  writeFileSync(join(directory, `${name}.gz`), gzipSync(body, { level: 9 }));
}
