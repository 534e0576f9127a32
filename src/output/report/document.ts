/** A report before it is text, Markdown or HTML: its content is decided once, its looks in each renderer. */

import type { Coverage } from '../../domain/coverage.ts';
import type { Summary } from '../../domain/queries.ts';
import type { Incident, IngestTally, Route, Severity, Shift } from '../../domain/resources.ts';
import type { Text } from '../text.ts';

/** Everything that a report is made of; as JSON it is the report. */
export interface LogReport {
  readonly tally: IngestTally;
  readonly summary: Summary;
  readonly coverage: Coverage;
  readonly incidents: readonly Incident[];
  readonly shifts: readonly Shift[];
  readonly routes: readonly Route[];
}

/** A figure that is seen at a glance. */
export interface Tile {
  readonly label: string;
  readonly value: string;
  /** What it is a part of, or is compared with; may be empty. */
  readonly note: string;
  /** How alarming it is; null: not at all. */
  readonly tone: Severity | null;
}

/** A stretch of time, its ends as parts of the window, 0 to 1. */
export interface Stretch {
  readonly label: Text;
  readonly severity: Severity;
  readonly from: number;
  readonly to: number;
}

export type Block =
  | {
      readonly kind: 'heading';
      readonly level: 1 | 2 | 3 | 4;
      readonly text: Text;
      readonly severity: Severity | null;
    }
  | { readonly kind: 'paragraph'; readonly text: Text }
  | { readonly kind: 'facts'; readonly rows: ReadonlyArray<{ readonly label: string; readonly text: Text }> }
  | { readonly kind: 'tiles'; readonly tiles: readonly Tile[] }
  | {
      readonly kind: 'timeline';
      /** The ends of the window, in words. */
      readonly since: string;
      readonly until: string;
      readonly rows: readonly Stretch[];
    }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'code'; readonly language: 'yaml' | 'console' | 'text'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Text[])[];
    };

export function heading(level: 1 | 2 | 3 | 4, text: string | Text, severity: Severity | null = null): Block {
  return { kind: 'heading', level, text: typeof text === 'string' ? [text] : text, severity };
}

export function paragraph(text: string | Text): Block {
  return { kind: 'paragraph', text: typeof text === 'string' ? [text] : text };
}
