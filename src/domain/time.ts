/** Times are ms since the epoch, UTC. */

/** An hour, in ms: what flows are summed by. */
export const HOUR_MS = 3_600_000;

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?$/;

/**
 * Reads an RFC 3339 time; a missing zone is UTC; the fraction is cut (not rounded) to ms.
 * Null: not such a time, or no such day (31 February), hour or zone. A leap second (`:60`) is read as `:59`.
 */
export function parseTime(text: string): number | null {
  const m = RFC3339.exec(text);
  if (m === null) return null;
  const [year, month, day, hour, minute, rawSecond] = m.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || rawSecond > 60) return null;
  const second = Math.min(rawSecond, 59);
  const ms = m[7] === undefined ? 0 : Number(m[7].padEnd(3, '0').slice(0, 3));
  const time = Date.UTC(year, month - 1, day, hour, minute, second, ms);
  if (new Date(time).getUTCDate() !== day) return null;
  return time - zoneOffset(m[8] ?? 'Z');
}

/**
 * RFC 3339 UTC with milliseconds: `2020-07-23T14:26:27.081Z`. Later than that form reaches, as by a duration that no connection
 * has, is its last time.
 */
export function formatTime(given: number): string {
  const time = Math.min(given, LAST_TIME);
  const minute = Math.floor(time / MINUTE_MS);
  // Lists have many times of the same minute.
  if (minute !== lastMinute.minute)
    lastMinute = { minute, text: new Date(minute * MINUTE_MS).toISOString().slice(0, -SECONDS_LENGTH) };
  const ms = Math.floor(time - minute * MINUTE_MS);
  const second = Math.floor(ms / 1_000);
  const rest = ms % 1_000;
  return `${lastMinute.text}${second < 10 ? '0' : ''}${second}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}

const MINUTE_MS = 60_000;
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** Of `27.081Z`; a year may have more than four digits. */
const SECONDS_LENGTH = 7;
let lastMinute = { minute: Number.NaN, text: '' };

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: HOUR_MS,
  d: 86_400_000,
  w: 604_800_000,
};

/** Reads `15m`, `1h30m`, `7d`, `250ms` into ms, or null. */
export function parseDuration(text: string): number | null {
  if (!/^(?:\d{1,9}(?:ms|s|m|h|d|w))+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d{1,9})(ms|s|m|h|d|w)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return total;
}

/** A duration for people: `850ms`, `12.4s`, `3m20s`, `5h10m`, `2d4h`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / 60_000)}m${Math.floor((ms % 60_000) / 1_000)}s`;
  if (ms < 86_400_000) return `${Math.floor(ms / HOUR_MS)}h${Math.floor((ms % HOUR_MS) / 60_000)}m`;
  return `${Math.floor(ms / 86_400_000)}d${Math.floor((ms % 86_400_000) / HOUR_MS)}h`;
}

/**
 * Reads a point in time: RFC 3339, a date, `now`, `now-1h`, epoch seconds or ms, or a duration back from now.
 * Null: none of these.
 */
export function parseInstant(text: string, now: number): number | null {
  const relative = /^now(?:-(.+))?$/.exec(text);
  if (relative !== null) {
    if (relative[1] === undefined) return now;
    const back = parseDuration(relative[1]);
    return back === null ? null : now - back;
  }
  const back = parseDuration(text);
  if (back !== null) return now - back;
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1_000;
  if (/^\d{12,13}$/.test(text)) return Number(text);
  return parseTime(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
}

function zoneOffset(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.replace(/\D/g, '');
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}
