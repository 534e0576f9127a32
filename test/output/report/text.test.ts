import t from 'tap';
import { NO_PAINT } from '../../../src/output/paint.ts';
import { heading } from '../../../src/output/report/document.ts';
import { renderText } from '../../../src/output/report/text.ts';
import { say } from '../../../src/output/text.ts';

t.test('headings are in capitals, but for the names and addresses in them', async (t) => {
  const blocks = [heading(1, say`who calls ${'fe80::1'}`), heading(2, 'What was read')];
  t.equal(renderText(blocks, NO_PAINT, 80), 'WHO CALLS fe80::1\n\nWHAT WAS READ\n');
});
