/** Loaded before the program (`--import`): its databases do not sync each transaction. What a promise must not rest on. */
import Database from 'better-sqlite3';

const { pragma } = Database.prototype;
Database.prototype.pragma = function weaker(text, ...rest) {
  return pragma.call(this, text === 'synchronous = FULL' ? 'synchronous = NORMAL' : text, ...rest);
};
