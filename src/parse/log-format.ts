import type { AccessLogEntry } from '../domain/entry.ts';

/** A field of an entry that one command operator or one JSON key fills. */
export type FieldName = Exclude<keyof AccessLogEntry, 'attributes'>;

/** What a sample line must be read as: `start_time` in RFC 3339, and every field that is not absent. */
export type SampleEntry = Readonly<{ start_time: string } & Partial<Omit<AccessLogEntry, 'start_time'>>>;

export interface FormatSample {
  readonly line: string;
  readonly entry: SampleEntry;
}

interface FormatHead {
  /** Kebab-case; what a stored line says of itself. */
  readonly name: string;
  readonly title: string;
  /** Where the format is defined. */
  readonly source: string;
  /** Name of the format whose lines look exactly the same, so that lines are told to be of that one; else null. */
  readonly readAs: string | null;
  readonly samples: readonly FormatSample[];
}

/** A format written with Envoy's command operators. */
export interface TextLogFormat extends FormatHead {
  readonly kind: 'text';
  /** Envoy format string. */
  readonly format: string;
  /** Whether a value such as the User-Agent may hold quotes, as long as the line splits in one way only. */
  readonly quotes: 'within values' | 'round values';
  /** True where the format is tried only after all others failed. */
  readonly fallback: boolean;
}

/** A format whose lines are JSON objects. */
export interface JsonLogFormat extends FormatHead {
  readonly kind: 'json';
  /** Keys that all must be there for a line to be of this format. */
  readonly requires: readonly string[];
  readonly keys: Readonly<Record<string, FieldName>>;
}

/** The formats of ztunnel, which are no Envoy's. */
export interface ZtunnelLogFormat extends FormatHead {
  readonly kind: 'ztunnel-text' | 'ztunnel-json';
}

export type LogFormat = TextLogFormat | JsonLogFormat | ZtunnelLogFormat;
