/**
 * Which lines are new, and the numbers of their rows. Written in AssemblyScript (see `scanner/main.ts`); its other side is
 * `src/store/sqlite/intake/`.
 */
import { startAt } from '../memory';
import { FREE } from './layout';

export { columnAt, linesMax } from './layout';
export { forgetFacts, putFacts, reserveFacts } from './facts';
export { beginRows, giveRows, givenPairs, givenSingles, movedLines, rowColumnAt } from './rows';
export { clear, lines, listSpans, spans } from './spans';
export { askedSecond, dropSpans, hold, holdAll, nextRow, note, setNextRow, setWholeAfter } from './stored';
export { hashOf, lookAhead, stoppedFor, take, takenLines, takenTextBytes, takenTexts } from './take';
export { addParts, beginTexts, forgetTexts, madeAt, partsAt, shareParts } from './texts';

startAt(FREE);
