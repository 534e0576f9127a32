import t from 'tap';
import { parseReportRequest } from '../../src/domain/report-request.ts';

const NOW = Date.parse('2024-05-01T10:00:00Z');
const HOUR = 3_600_000;

t.test('without a window it is the last day', async (t) => {
  t.strictSame(parseReportRequest({}, NOW), {
    since: NOW - 24 * HOUR,
    until: NOW,
    filters: {},
    compareSince: null,
  });
});

t.test('durations go back from now, and without a beginning a window is a day', async (t) => {
  t.match(parseReportRequest({ since: '2h', until: '1h' }, NOW), {
    since: NOW - 2 * HOUR,
    until: NOW - HOUR,
  });
  t.match(parseReportRequest({ until: '2024-05-01T08:00:00Z' }, NOW), { since: NOW - 26 * HOUR });
});

t.test('what is to come is cut off', async (t) => {
  t.match(parseReportRequest({ since: '1h', until: '2025-01-01' }, NOW), { since: NOW - HOUR, until: NOW });
});

t.test('a window that is to come, or ends before it begins, is refused', async (t) => {
  t.throws(() => parseReportRequest({ since: '2030-01-01' }, NOW), { message: /a time that is past/ });
  t.throws(() => parseReportRequest({ since: '1h', until: '2h' }, NOW), { message: /a time before "until"/ });
});

t.test('filters stay as they were asked for, each a list', async (t) => {
  t.match(parseReportRequest({ namespace: 'shop', port: ['80', '443'] }, NOW), {
    filters: { namespace: ['shop'], port: ['80', '443'] },
  });
});

t.test('routing may be compared from another time on', async (t) => {
  t.match(parseReportRequest({ since: '1h', compare_since: '3h' }, NOW), { compareSince: NOW - 3 * HOUR });
});

t.test('what says nothing is refused', async (t) => {
  for (const [given, message] of [
    [{ since: 'yesterdy' }, /filter "since": got "yesterdy"/],
    [{ since: ['1h', '2h'] }, /filter "since": got "1h, 2h", expected one/],
    [{ since: '2024-05-01T09:00:00Z', until: '2024-05-01T09:00:00Z' }, /expected a time before "until"/],
    [{ until: '2h', compare_since: '2024-05-01T09:00:00Z' }, /"compare_since"/],
    [{ pod: 'web' }, /filter "pod" with reports/],
    [{ color: 'red' }, /filter "color": there is no such filter/],
    [{ port: 'x' }, /filter "port"/],
  ] as const) {
    t.throws(() => parseReportRequest(given, NOW), { message }, JSON.stringify(given));
  }
});
