/** What may reach a terminal. Text out of a log line is somebody else's: it must not move the cursor or hide itself. */

/**
 * Controls (C0, DEL, C1), everything that formats without showing (zero width, bidi, tags), line and paragraph
 * separators, lone surrogates, and the letters that draw nothing. Not Node's `stripVTControlCharacters`: it leaves
 * device control strings, carriage returns, backspaces and all of Unicode's invisible characters.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]|\u034f|\u17b4|\u17b5/gu;
const UNSAFE_IN_JSON =
  /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u115f\u1160\u3164\uffa0]|\u034f|\u17b4|\u17b5/gu;
const PLAIN = /^[\x20-\x7e]*$/;
const PLAIN_LINES = /^[\n\x20-\x7e]*$/;

/** Makes text safe to show on one line: what is unsafe becomes `\uXXXX`, newlines too. Idempotent. */
export function escapeText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, escapeCharacter);
}

/** As {@link escapeText}, for text of several lines: `\n` stays. */
export function escapeLines(text: string): string {
  return text.split('\n').map(escapeText).join('\n');
}

/**
 * JSON that is safe on a terminal and means the same: what is unsafe is written as JSON's own `\uXXXX`.
 * Shape: one line when `indent` is 0, else indented by so many spaces. No newline at the end.
 */
export function formatJson(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, null, indent);
  return PLAIN_LINES.test(json) ? json : json.replace(UNSAFE_IN_JSON, escapeCharacter);
}

function escapeCharacter(character: string): string {
  let escaped = '';
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`;
  }
  return escaped;
}
