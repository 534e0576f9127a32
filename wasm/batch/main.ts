/**
 * What becomes of the lines of a batch: rows of connections, as pages of a file of SQLite; flows, summed up by hour and shape; and what is
 * measured of each line, packed by hour, minute and shape. Written in AssemblyScript (see `scanner/main.ts`); its other sides are
 * `batch-lines.ts`, `line-sums.ts` and `row-pages.ts` in `src/store/sqlite/`. All is laid out as `rows.ts`, `table-image.ts`,
 * `flow-block.ts` and `measures/chunk.ts` there say.
 */
import { startAt } from '../memory';
import { FREE } from './places';

export { packedAt } from './places';
export { reserve, reserveTexts, columnAt, sortRows } from './columns';
export { sort, hourAt, shapeAt } from './lines';
export { forget, held, blockOf, hold } from './blocks';
export { change, addFrom } from './flows';
export { changedFlows, flowKeysAt, packOpened, pieceBytesAt, pieceEndsAt, pieceKeysAt } from './written';
export { chunkBeginAt, chunkBytes, packFrom } from './measures';
export { pagesAt, lastRowsAt } from './pages';
export { writeRows } from './rows';
export { packSegment, segmentAt, segmentRowsMax, segmentTextBytes, segmentTextsAt, sortedPlaceAt, sortedRowsAt } from './segments';

startAt(FREE);
