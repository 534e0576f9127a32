import t from 'tap';
import { framesOf } from '../../../bench/page/frames.ts';
import { pageReport } from '../../../bench/page/page.ts';

t.test('a frame that comes late is as many missed as would have fitted before it', (t) => {
  const frame = 1_000 / 60;
  t.strictSame(framesOf([]), { shown: 0, missed: 0, longest: 0 });
  t.strictSame(framesOf([frame, 1.2 * frame, 0.8 * frame]), { shown: 3, missed: 0, longest: 1.2 * frame });
  t.strictSame(framesOf([frame, 3 * frame]), { shown: 2, missed: 2, longest: 3 * frame });
  t.end();
});

t.test('the page says what was met', (t) => {
  const view = (name: string) => ({ name, fragment: '', shown: '' });
  const text = pageReport(
    [
      { view: view('Now'), times: [200, 900, 300] },
      { view: view('Topology'), times: [2_000, 1_100, 900] },
    ],
    [{ name: 'scrolling 5 connections', frames: { shown: 95, missed: 5, longest: 33.4 } }],
    { lines: 5, first: 1_234, command: 'npm run bench -- page' },
  );
  t.match(text, '| Now | 300 | 900 | yes |');
  t.match(text, '| Topology | 1100 | 2000 | no |');
  t.match(text, '| scrolling 5 connections | 95 | 5 (5.0 %) | 33 |');
  t.match(text, 'took 1,234 ms');
  t.end();
});
