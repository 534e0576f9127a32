import type Database from 'better-sqlite3';

/** Texts held in memory for either direction; beyond it the memory is emptied and filled anew from the table. */
const CACHED_TEXTS_MAX = 200_000;

/** Ids for texts that many lines share. The empty memory is always right: the table decides. */
export interface Dictionary {
  /** Id of the text, made when it is new; null for null. */
  idOf(text: string | null): number | null;
  textOf(id: number | null): string | null;
  /** Forgets everything, after a transaction that failed. */
  reset(): void;
}

export function createDictionary(db: Database.Database): Dictionary {
  const find = db.prepare<[string], number>('SELECT id FROM text WHERE value = ?').pluck();
  const add = db.prepare<[string]>('INSERT INTO text (value) VALUES (?)');
  const read = db.prepare<[number], string>('SELECT value FROM text WHERE id = ?').pluck();
  const ids = new Map<string, number>();
  const texts = new Map<number, string>();

  const learn = (given: string): number => {
    // SQLite stores half surrogate pairs, but cannot give them back.
    const text = given.toWellFormed();
    const id = find.get(text) ?? Number(add.run(text).lastInsertRowid);
    if (ids.size >= CACHED_TEXTS_MAX) ids.clear();
    // A piece of a long string would keep all of it alive: the copy is its own.
    ids.set(Buffer.from(given, 'utf16le').toString('utf16le'), id);
    return id;
  };

  return {
    idOf(text) {
      if (text === null) return null;
      return ids.get(text) ?? learn(text);
    },
    textOf(id) {
      if (id === null) return null;
      const known = texts.get(id);
      if (known !== undefined) return known;
      const text = read.get(id) ?? null;
      if (text === null) return null;
      if (texts.size >= CACHED_TEXTS_MAX) texts.clear();
      texts.set(id, text);
      return text;
    },
    reset() {
      ids.clear();
      texts.clear();
    },
  };
}
