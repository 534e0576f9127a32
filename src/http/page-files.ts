/** The files of the web pages as they were built, held in memory: they are few and small. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  /** The same, packed; null where that was not worth it. */
  readonly gzip: Buffer | null;
}

export interface PageFiles {
  readonly html: PageFile;
  /** The page that describes the API. */
  readonly docs: PageFile | null;
  /** By name. A name has a hash of the content in it, so that what it stands for never changes. */
  readonly assets: ReadonlyMap<string, PageFile>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** Reads `index.html`, `docs.html` and `assets/` of a directory; null where the page was not built. */
export function loadPage(directory: URL): PageFiles | null {
  const index = new URL('index.html', directory);
  if (!existsSync(index)) return null;
  const docs = new URL('docs.html', directory);
  const assets = new URL('assets/', directory);
  const names = readdirSync(assets).filter((name) => extname(name) in TYPES);
  return {
    html: readFile(index),
    docs: existsSync(docs) ? readFile(docs) : null,
    assets: new Map(names.map((name) => [name, readFile(new URL(name, assets))])),
  };
}

function readFile(file: URL): PageFile {
  const packed = new URL(`${file.href}.gz`);
  return {
    type: TYPES[extname(file.pathname)] ?? 'application/octet-stream',
    body: readFileSync(file),
    gzip: existsSync(packed) ? readFileSync(packed) : null,
  };
}
