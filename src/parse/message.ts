/** Reads a message, free of its envelope, in the first format that fits. */
import type { AccessLogEntry, RejectReason, SkipReason } from '../domain/entry.ts';
import { withForm } from '../domain/format-name.ts';
import type { Compiled, NamedText } from './compiled-formats.ts';
import { exactForm, fitsJson, type JsonObject, parseJsonObject, readJson } from './json-format.ts';
import { skipReason } from './proxy-log.ts';
import type { Stream } from './streams.ts';
import type { Misfit } from './text-format.ts';
import { readZtunnelJson, readZtunnelText, type ZtunnelResult } from './ztunnel.ts';

/** What a message is. */
export type Reading =
  | {
      readonly kind: 'entry';
      readonly entry: AccessLogEntry;
      readonly format: string;
      /** True when the format renders the message again exactly. */
      readonly exact: boolean;
    }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  | {
      readonly kind: 'reject';
      readonly reason: RejectReason;
      /** The format that fitted furthest, or null when none fitted at all. */
      readonly format: string | null;
      /** Where that format stopped: index in the text. */
      readonly at: number;
      /** What it expected there; empty when that cannot be said. */
      readonly expected: string;
    };

const BRACE = 0x7b;
/** Beginning of a text format that looks like JSON but is not escaped. */
export const UNESCAPED_JSON_HEAD = '{"start_time":"';

/** Reads messages; the same message gives the same reading whatever came before it. */
export class MessageReader {
  readonly #formats: Compiled;

  constructor(formats: Compiled) {
    this.#formats = formats;
  }

  /**
   * Reads the message that is `text` from `at` to its end.
   * Shape: `object` is the message as JSON where that is known already. The stream's last format is tried first.
   */
  read(text: string, at: number, object: JsonObject | null, stream: Stream): Reading {
    const last = stream.text;
    if (last?.format.match(text, at)) return toReading(last);
    const code = text.charCodeAt(at);
    if (code === BRACE || object !== null) return this.#readObject(text, at, object, stream);
    const own = this.#firstMatch(text, at, this.#formats.own);
    if (own !== null) return keep(own, stream);
    const ztunnel = this.#formats.ztunnel ? readZtunnelText(text, at) : null;
    if (ztunnel !== null) return fromZtunnel(ztunnel, 'ztunnel-text');
    const skipped = skipReason(text, at);
    if (skipped !== null) return { kind: 'skip', reason: skipped };
    const known = this.#firstMatch(text, at, this.#formats.texts);
    return known === null ? this.#reject(text, at) : keep(known, stream);
  }

  /**
   * True when the line as it came is in a format of the user's own: what such lines begin with may look like an envelope.
   */
  isOwn(line: string): boolean {
    return this.#formats.own.length > 0 && this.#firstMatch(line, 0, this.#formats.own) !== null;
  }

  #readObject(text: string, at: number, given: JsonObject | null, stream: Stream): Reading {
    if (text.startsWith(UNESCAPED_JSON_HEAD, at) || this.#formats.own.length > 0) {
      const matched =
        this.#firstMatch(text, at, this.#formats.own) ?? this.#firstMatch(text, at, this.#formats.texts);
      if (matched !== null) return keep(matched, stream);
    }
    const object = given ?? parseJsonObject(at === 0 ? text : text.slice(at));
    if (object === null) return this.#rejectJson(text, at);
    const format = this.#formats.jsons.find((json) => fitsJson(json.format, object));
    if (format === undefined) return this.#readOtherObject(object, text, at);
    const entry = readJson(format.format, object);
    if (typeof entry === 'string')
      return { kind: 'reject', reason: entry, format: format.name, at, expected: '' };
    const form = exactForm(format.format, object, entry, at === 0 ? text : text.slice(at));
    const written = form === null ? format.name : withForm(format.name, form);
    return { kind: 'entry', entry, format: written, exact: form !== null };
  }

  #readOtherObject(object: JsonObject, text: string, at: number): Reading {
    const ztunnel = this.#formats.ztunnel ? readZtunnelJson(object) : null;
    if (ztunnel !== null) return fromZtunnel(ztunnel, 'ztunnel-json');
    // The agent's own messages, when it logs JSON.
    if (typeof object.level === 'string' && typeof object.msg === 'string')
      return { kind: 'skip', reason: 'agent_log' };
    const dated = ['start_time', 'timestamp', '@timestamp'].some((key) => Object.hasOwn(object, key));
    const timeless = !dated && Object.hasOwn(object, 'response_flags');
    const reason = timeless ? 'no_start_time' : 'unknown_format';
    return { kind: 'reject', reason, format: null, at: Math.min(at, text.length), expected: '' };
  }

  #rejectJson(text: string, at: number): Reading {
    const closest = text.startsWith(UNESCAPED_JSON_HEAD, at) ? this.#closest(text, at) : null;
    if (closest !== null && closest.reason !== 'unknown_format') return closest;
    const reason = text.includes('\0')
      ? 'binary'
      : text.trimEnd().endsWith('}')
        ? 'invalid_json'
        : 'truncated';
    return { kind: 'reject', reason, format: null, at, expected: '' };
  }

  #firstMatch(text: string, at: number, formats: readonly NamedText[]): NamedText | null {
    for (const named of formats) if (named.format.match(text, at)) return named;
    return null;
  }

  /** Says why no format fits, from the one that fitted furthest. */
  #reject(text: string, at: number): Reading {
    const closest = this.#closest(text, at);
    if (isBinary(text, at)) return { ...closest, reason: 'binary' };
    if (this.#isEscaped(text, at)) return { ...closest, reason: 'escaped_quotes' };
    if (closest.reason === 'unknown_format' && this.#lacksItsFront(text, at))
      return { ...closest, reason: 'truncated' };
    return closest;
  }

  #closest(text: string, at: number): Reading & { readonly kind: 'reject' } {
    let best: Misfit = { reason: 'unknown_format', at, expected: '' };
    let format: string | null = null;
    for (const named of [...this.#formats.own, ...this.#formats.texts]) {
      if (named.format.match(text, at)) continue;
      const misfit = named.format.misfit();
      // A line that fits but for its quotes is of that format, however far another one comes.
      if (misfit.reason === 'ambiguous_quotes') return { kind: 'reject', ...misfit, format: named.name };
      if (misfit.at <= best.at && format !== null) continue;
      best = misfit;
      format = misfit.at > at ? named.name : null;
    }
    return { kind: 'reject', ...best, format };
  }

  /** True for a line that some tool printed as it would within a string. */
  #isEscaped(text: string, at: number): boolean {
    if (!text.includes('\\"', at)) return false;
    return this.#firstMatch(text.slice(at).replaceAll('\\"', '"'), 0, this.#formats.texts) !== null;
  }

  /** True for a line whose first bracket was lost. */
  #lacksItsFront(text: string, at: number): boolean {
    const bracket = text.indexOf('Z] ', at);
    if (bracket < 0 || bracket > at + 24) return false;
    return this.#firstMatch(`[${text.slice(at)}`, 0, this.#formats.texts) !== null;
  }
}

function keep(named: NamedText, stream: Stream): Reading {
  // A format that takes what others leave must not come before them.
  if (!named.fallback) stream.text = named;
  return toReading(named);
}

function toReading(named: NamedText): Reading {
  return { kind: 'entry', entry: named.format.entry(), format: named.name, exact: named.format.exact };
}

function fromZtunnel(result: ZtunnelResult, format: string): Reading {
  switch (result.kind) {
    case 'entry':
      return { kind: 'entry', entry: result.entry, format, exact: false };
    case 'skip':
      return result;
    case 'reject':
      return { ...result, format, expected: '' };
  }
}

/** True for a NUL, and for text that is mostly control characters. */
function isBinary(text: string, at: number): boolean {
  let controls = 0;
  const end = Math.min(text.length, at + 512);
  for (let i = at; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0) return true;
    if ((code < 0x20 && code !== 0x09) || code === 0xfffd) controls++;
  }
  return controls * 4 > end - at || text.includes('\0');
}
