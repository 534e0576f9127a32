/** The values of one line while it is being matched. */
import type { AccessLogEntry, RejectReason } from '../domain/entry.ts';
import { ATTRIBUTES_MAX, START_TIME_MAX, START_TIME_MIN } from '../domain/limits.ts';
import { NUMBER_FIELDS, type Step, TEXT_FIELDS } from './steps.ts';
import { type FlagsValue, internWord, isAddress, NO_FLAGS, readCount, readFlags } from './values.ts';

/** Keeps values by slot, so that one draft serves all lines of a format; each match overwrites every slot it has. */
export class Draft {
  /** True while every value is written the way that it is rendered again. */
  exact = true;
  /** False when the format has more attributes than are kept. */
  readonly complete: boolean;
  readonly #attributes: readonly string[];
  readonly #texts: (string | null)[];
  readonly #numbers: (number | null)[];
  #startTime = 0;
  #flags: FlagsValue = NO_FLAGS;

  /** Shape: the keys of the attributes, in the order of their slots behind the text fields. */
  constructor(attributes: readonly string[]) {
    this.complete = attributes.length <= ATTRIBUTES_MAX;
    this.#attributes = attributes;
    this.#texts = new Array<string | null>(TEXT_FIELDS.length + attributes.length).fill(null);
    this.#numbers = new Array<number | null>(NUMBER_FIELDS.length).fill(null);
  }

  /** Keeps the value between `at` and `end`. Null: kept; else why it is no such value. */
  take(step: Step, line: string, at: number, end: number): RejectReason | null {
    switch (step.valueClass) {
      case 'time':
        return this.#takeTime(step);
      case 'number':
        return this.#takeNumber(step, line, at, end);
      case 'flags':
        return this.#takeFlags(line.slice(at, end));
      default:
        return this.#takeText(step, line, at, end);
    }
  }

  /** Keeps a value that was found to be one of its class by its form. False: it is none after all. */
  takeKnown(step: Step, value: string): boolean {
    if (value === '-') {
      this.takeAbsent(step);
      return true;
    }
    switch (step.valueClass) {
      case 'number':
        this.#numbers[step.slot] = digitsOf(value);
        return true;
      case 'flags':
        return this.#takeFlags(value) === null;
      case 'word':
        this.#texts[step.slot] = internWord(value);
        return true;
      case 'address':
        this.#texts[step.slot] = value;
        return value.charCodeAt(0) !== 0x5b /* [ */ || isAddress(value, 0, value.length);
      default:
        this.#texts[step.slot] = value;
        return true;
    }
  }

  /** Keeps "absent" for the value. */
  takeAbsent(step: Step): void {
    if (step.valueClass === 'number') this.#numbers[step.slot] = null;
    else if (step.valueClass === 'flags') this.#flags = NO_FLAGS;
    else this.#texts[step.slot] = null;
  }

  /** The entry of the values kept. */
  entry(): AccessLogEntry {
    const t = this.#texts;
    const n = this.#numbers;
    return {
      start_time: this.#startTime,
      method: t[0] ?? null,
      path: t[1] ?? null,
      protocol: t[2] ?? null,
      response_code: n[0] ?? null,
      response_flags: this.#flags.flags,
      response_code_details: t[3] ?? null,
      connection_termination_details: t[4] ?? null,
      upstream_transport_failure_reason: t[5] ?? null,
      bytes_received: n[1] ?? null,
      bytes_sent: n[2] ?? null,
      duration: n[3] ?? null,
      upstream_service_time: n[4] ?? null,
      x_forwarded_for: t[6] ?? null,
      user_agent: t[7] ?? null,
      request_id: t[8] ?? null,
      authority: t[9] ?? null,
      upstream_host: t[10] ?? null,
      upstream_cluster: t[11] ?? null,
      upstream_local_address: t[12] ?? null,
      downstream_local_address: t[13] ?? null,
      downstream_remote_address: t[14] ?? null,
      requested_server_name: t[15] ?? null,
      route_name: t[16] ?? null,
      attributes: this.#attributes.length === 0 ? null : this.#readAttributes(),
    };
  }

  #readAttributes(): Readonly<Record<string, string>> | null {
    let found: [string, string][] | null = null;
    for (let i = 0; i < this.#attributes.length && i < ATTRIBUTES_MAX; i++) {
      const value = this.#texts[TEXT_FIELDS.length + i] ?? null;
      if (value === null) continue;
      found ??= [];
      found.push([this.#attributes[i] ?? '', value]);
    }
    return found === null ? null : Object.fromEntries(found);
  }

  #takeTime(step: Step): RejectReason | null {
    const time = step.time?.value ?? Number.NaN;
    if (!(time >= START_TIME_MIN && time < START_TIME_MAX)) return 'out_of_range';
    if (step.time?.canonical !== true) this.exact = false;
    this.#startTime = time;
    return null;
  }

  #takeNumber(step: Step, line: string, at: number, end: number): RejectReason | null {
    if (end === at) return this.#takeEmpty(step);
    const value = readCount(line, at, end);
    if (value < 0) return 'bad_number';
    this.#numbers[step.slot] = value;
    return null;
  }

  #takeFlags(text: string): RejectReason | null {
    const value = readFlags(text);
    if (value === null) return 'unknown_format';
    if (!value.canonical) this.exact = false;
    this.#flags = value;
    return null;
  }

  #takeText(step: Step, line: string, at: number, end: number): RejectReason | null {
    if (end === at) return this.#takeEmpty(step);
    if (step.valueClass === 'address') {
      if (!isAddress(line, at, end)) return 'bad_address';
      this.#texts[step.slot] = line.slice(at, end);
      return null;
    }
    const value = line.slice(at, end);
    if (step.valueClass !== 'word') {
      // Within JSON a message can hold several lines; no value of Envoy's does.
      if (value.includes('\n')) return 'unknown_format';
      this.#texts[step.slot] = value;
      return null;
    }
    const word = internWord(value);
    if (word === null) return 'unknown_format';
    this.#texts[step.slot] = word;
    return null;
  }

  /** A value that `omit_empty_values` left empty; at the end of a line it is a line cut short. */
  #takeEmpty(step: Step): RejectReason | null {
    if (step.length === 0) return 'truncated';
    this.exact = false;
    this.takeAbsent(step);
    return null;
  }
}

/** The number that a text of digits is. Number() looks for more than that, which takes longer. */
function digitsOf(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) value = value * 10 + text.charCodeAt(i) - 0x30;
  return value;
}
