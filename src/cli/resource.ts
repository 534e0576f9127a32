/** What `get` is asked for. */
import type { ResourceName } from '../output/columns.ts';

/** What is one answer and no list, or has lists of its own. */
export const ANSWERS = ['coverage', 'topology', 'timeseries', 'reports'] as const;
export type Resource = ResourceName | (typeof ANSWERS)[number];
