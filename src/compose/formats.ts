/** What formats are known: for people who ask. */

export { explainLine, listFormats } from '../parse/catalogue.ts';
