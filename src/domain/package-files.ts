/**
 * Where the files of the package are. All lie one folder below `src`, from where this module is read as it is written, and one
 * below `dist`, from where it is read as it was built.
 */

/** The manifest, which says the version. */
export const MANIFEST = new URL('../../package.json', import.meta.url);
/** Steps of the schema. */
export const SQLITE_MIGRATIONS = new URL('../../migrations/sqlite/', import.meta.url);
/** The page, which is there once it was built. */
export const WEB_PAGE = new URL('../web/', import.meta.url);

const ENDING = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** The entry of a thread, by its name in `compose/`. */
export const threadOf = (name: string): URL => new URL(`../compose/${name}.${ENDING}`, import.meta.url);
