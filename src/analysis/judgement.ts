/** Where a connection was routed: a leaf, so that what keeps judgements need not know how they are made. */
import type { EvidenceGrade, State } from '../domain/resources.ts';

/** State of one leg; the grade says how a capture is known and is null for every other state. */
export interface Judgement {
  readonly state: State;
  readonly grade: EvidenceGrade | null;
}
