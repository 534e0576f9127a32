import t from 'tap';
import type { Incident } from '../../src/domain/resources.ts';
import { nextRound } from '../../src/reports/alerts.ts';
import { makeResources } from '../helpers/report.ts';

const NOW = Date.UTC(2026, 0, 5, 12);
const OPTIONS = { schedule: 'ops', now: NOW, lapse: NOW + 240_000, externalUrl: 'https://mesh.example.com' };

const incident = (more: Partial<Incident>): Incident => ({
  ...makeResources('x').incidents,
  id: 'i1',
  diagnosis: 'catch_all_capture',
  severity: 'critical',
  port: 5701,
  onset: { after: null, before: '2026-01-05T11:00:00.000Z' },
  ended: null,
  ...more,
});

t.test('an open incident is an alert that lapses unless it is told again', async (t) => {
  const { alerts, firing } = nextRound([incident({})], [], OPTIONS);
  t.match(alerts, [
    {
      labels: {
        alertname: 'MeshwakeIncident',
        incident: 'i1',
        diagnosis: 'catch_all_capture',
        severity: 'critical',
        report: 'ops',
        port: '5701',
      },
      startsAt: '2026-01-05T11:00:00.000Z',
      endsAt: '2026-01-05T12:04:00.000Z',
      generatorURL: 'https://mesh.example.com/#/incidents/i1',
    },
  ]);
  t.match(firing, [{ incident: 'i1' }]);
  const again = nextRound([incident({ title: 'Another title' })], firing, OPTIONS);
  t.equal(again.alerts.length, 1, 'annotations do not tell alerts apart');
});

t.test('one that ended is told to be over, when it was', async (t) => {
  const { firing } = nextRound([incident({})], [], OPTIONS);
  const over = incident({ ended: { after: null, before: '2026-01-05T11:30:00.000Z' } });
  const { alerts, firing: left } = nextRound([over], firing, OPTIONS);
  t.match(alerts, [{ labels: { incident: 'i1' }, endsAt: '2026-01-05T11:30:00.000Z' }]);
  t.strictSame(left, []);
  t.strictSame(nextRound([over], left, OPTIONS).alerts, [], 'once');
});

t.test('one that is not known any more is over now, and never before it began', async (t) => {
  const { firing } = nextRound([incident({})], [], OPTIONS);
  t.match(nextRound([], firing, OPTIONS).alerts, [{ endsAt: '2026-01-05T12:00:00.000Z' }]);
  const early = { ...OPTIONS, now: Date.UTC(2026, 0, 5, 10) };
  t.match(nextRound([], firing, early).alerts, [{ endsAt: '2026-01-05T11:00:00.000Z' }]);
});

t.test('one that gets worse is another alert, and the first is over', async (t) => {
  const { firing } = nextRound([incident({ severity: 'medium' })], [], OPTIONS);
  const { alerts } = nextRound([incident({ severity: 'high' })], firing, OPTIONS);
  t.match(alerts, [
    { labels: { severity: 'high' }, endsAt: '2026-01-05T12:04:00.000Z' },
    { labels: { severity: 'medium' }, endsAt: '2026-01-05T12:00:00.000Z' },
  ]);
});

t.test('what is not known is no label', async (t) => {
  const { alerts } = nextRound([incident({ port: null, sources: [] })], [], {
    ...OPTIONS,
    externalUrl: null,
  });
  t.notOk('port' in (alerts[0]?.labels ?? {}) || 'namespace' in (alerts[0]?.labels ?? {}));
  t.equal(alerts[0]?.generatorURL, null);
});
