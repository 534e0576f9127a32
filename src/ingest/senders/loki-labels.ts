/** Labels as Prometheus prints them: `{namespace="shop", pod="web-0"}`. */
import { LABELS_LENGTH_MAX } from '../../domain/limits.ts';
import { SenderError } from './sender-error.ts';

const LABEL = /\s*([a-zA-Z_][\w.:]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)\s*(,|\})\s*/suy;
const OPENING = /^\s*\{\s*/;

/** The values by name. Errors: {@link SenderError}. */
export function parseLabels(text: string): ReadonlyMap<string, string> {
  if (text.length > LABELS_LENGTH_MAX)
    throw new SenderError(`its labels have ${text.length} characters, expected at most ${LABELS_LENGTH_MAX}`);
  const labels = new Map<string, string>();
  if (/^\s*\{\s*\}\s*$/.test(text)) return labels;
  let at = OPENING.exec(text)?.[0].length ?? -1;
  for (let closed = at < 0; !closed; ) {
    LABEL.lastIndex = at;
    const match = LABEL.exec(text);
    if (match === null) throw wrong(text);
    const [whole, name = '', quotedValue, rawValue = '', end] = match;
    labels.set(name, quotedValue === undefined ? rawValue : unescapeGo(quotedValue));
    at += whole.length;
    closed = end === '}';
  }
  if (at !== text.length) throw wrong(text);
  return labels;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The text of a string as Go writes it between quotes. */
function unescapeGo(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs,
    (_, x?: string, u?: string, U?: string, octal?: string, single = '') => {
      const hex = x ?? u ?? U;
      const code = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(octal ?? '', 8);
      if (Number.isNaN(code)) return ESCAPES[single] ?? single;
      return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
    },
  );
}

function wrong(text: string): SenderError {
  return new SenderError(
    `its labels cannot be read: got ${JSON.stringify(text.slice(0, 120))}, expected {name="value", …}`,
  );
}
