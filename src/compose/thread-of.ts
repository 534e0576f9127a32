/** Where the entries of threads are. */
import { extname } from 'node:path';

/** Beside this file, with its own ending: these modules run as they are written, and compiled. */
export const threadOf = (name: string): URL =>
  new URL(`./${name}${extname(import.meta.url)}`, import.meta.url);
