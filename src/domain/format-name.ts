/**
 * What a line was written in. Text formats have a name, or are named by their text; both say how a line looks. Of JSON a name
 * says which key means what; how its objects look, their keys in order and which values are quoted, is said behind it.
 */

/** Stands between the name and the form. No format has it: JSON cannot, and others are refused. */
export const SEPARATOR = '\u001f';
/** Name of a format together with the form of its objects, which begins with a brace. */
export function withForm(name: string, form: string): string {
  return name + SEPARATOR + form;
}

/** The name alone, as answers tell it. */
export function formatName(format: string): string {
  const at = format.indexOf(SEPARATOR);
  return at < 0 ? format : format.slice(0, at);
}

/** The form of its objects; null: the format is no JSON, or was kept without. */
export function formOf(format: string): string | null {
  const at = format.indexOf(SEPARATOR);
  return at < 0 ? null : format.slice(at + 1);
}
