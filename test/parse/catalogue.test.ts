import t from 'tap';
import { explainLine, listFormats } from '../../src/parse/catalogue.ts';

const LINE =
  '[2024-05-06T07:08:09.010Z] "- - -" 0 - - - "-" 5 7 11 - "-" "-" "-" "-" "10.1.0.5:6379" outbound|6379||c.shop 10.1.0.9:40001 10.2.0.1:6379 10.1.0.9:40003 - -';

t.test('lists the formats with a sample each', async (t) => {
  const formats = listFormats();
  t.ok(formats.length > 20);
  for (const { name, title, source, sample } of formats) {
    t.ok(title !== '' && sample !== '', name);
    t.match(source, /^https:\/\//);
    t.equal(explainLine(sample).outcome, 'accepted', name);
  }
});

t.test('explains a line', async (t) => {
  const nothing = { reason: null, column: null, expected: null };
  const rows: [line: string, expected: object][] = [
    [LINE, { envelope: 'none', format: 'istio-text-1.9', outcome: 'accepted', ...nothing }],
    [
      `a-1 istio-proxy ${LINE}`,
      { envelope: 'stern', format: 'istio-text-1.9', outcome: 'accepted', ...nothing },
    ],
    ['', { envelope: 'none', format: null, outcome: 'skipped', reason: 'blank' }],
    ['{', { envelope: 'none', outcome: 'incomplete', format: null }],
    ['2024-05-06T07:08:09Z stdout P [2024', { envelope: 'cri', outcome: 'incomplete' }],
    [
      `a-1 istio-proxy ${LINE.replace('10.2.0.1:', '10.2.0.999:')}`,
      {
        envelope: 'stern',
        format: 'istio-text-1.9',
        outcome: 'rejected',
        reason: 'bad_address',
        column: `a-1 istio-proxy ${LINE}`.indexOf('10.2.0.1') + 1,
        expected: '%DOWNSTREAM_LOCAL_ADDRESS%, address',
      },
    ],
    [LINE.slice(0, 50), { outcome: 'rejected', reason: 'truncated', column: 51 }],
    ['what is this', { outcome: 'rejected', reason: 'unknown_format', format: null }],
  ];
  for (const [line, expected] of rows) t.match(explainLine(line), expected, line);
});
