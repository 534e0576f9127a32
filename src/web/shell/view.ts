/** What a view is given, and gives. */
import type { Child } from '../dom/element.ts';
import type { Place } from './location.ts';

export interface ViewContext {
  readonly place: Place;
  /** Aborted when the view is left. */
  readonly signal: AbortSignal;
  /** Names the page in the tab; the first heading of the view says the same. */
  title(text: string): void;
}

export type View = (context: ViewContext) => Child;
