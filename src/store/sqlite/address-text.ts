/** Splits addresses as logged into what many lines share and the port that varies. */
/** Port of a text that has none which can be put back exactly. */
export const NO_PORT = -1;

/** Where the port of an address begins (after the colon), or 0: there is none that can be put back exactly. */
export function portStart(text: string): number {
  const end = text.length;
  let at = end - 1;
  while (at > 0 && end - at <= 5 && isDigit(text.charCodeAt(at))) at--;
  const digits = end - at - 1;
  if (at < 1 || digits < 1 || text.charCodeAt(at) !== 0x3a /* : */) return 0;
  if (digits > 1 && text.charCodeAt(at + 1) === 0x30 /* 0 */) return 0;
  return digits === 5 && Number(text.slice(at + 1)) > 65_535 ? 0 : at + 1;
}

/** The port that begins at `start`, or NO_PORT for 0. */
export function portAt(text: string, start: number): number {
  if (start === 0) return NO_PORT;
  let port = 0;
  for (let i = start; i < text.length; i++) port = port * 10 + text.charCodeAt(i) - 0x30;
  return port;
}

/** The address without its port; the whole text when it has none. */
export function hostBefore(text: string, start: number): string {
  return start === 0 ? text : text.slice(0, start - 1);
}

export function joinAddress(host: string | null, port: number | null): string | null {
  return host === null ? null : port === null || port === NO_PORT ? host : `${host}:${port}`;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
