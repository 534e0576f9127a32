import t from 'tap';
import { type FoundIncident, type FoundShift, scoreIncidents } from '../../../bench/accuracy/incidents.ts';
import type { TrueIncident, TrueSource } from '../../../bench/simulator/truth.ts';

const at = (minute: number): string => new Date(Date.UTC(2026, 2, 2, 6, minute)).toISOString();
const line = (minute: number) => ({ line: minute, start_time: at(minute) });

const source = (pod: string, more: Partial<TrueSource> = {}): TrueSource => ({
  pod,
  workload: 'w',
  namespace: 'n',
  changed_at: at(10),
  restored_at: null,
  last_old: line(9),
  first_new: line(11),
  last_new: line(50),
  first_restored: null,
  connections: 5,
  failures: 5,
  ...more,
});

const change = (more: Partial<TrueIncident> = {}): TrueIncident => ({
  change: 'failing_capture',
  diagnoses: ['catch_all_capture'],
  port: 7_411,
  upstream_cluster: 'c',
  misdelivered: true,
  victims: ['w'],
  sources: [source('a'), source('b', { changed_at: at(12), first_new: line(13) })],
  ...more,
});

const found = (more: Partial<FoundIncident> = {}): FoundIncident => ({
  id: 'i',
  diagnosis: 'catch_all_capture',
  severity: 'critical',
  title: 'captured',
  port: 7_411,
  upstream_cluster: 'c',
  onset: { after: at(9), before: at(11) },
  ended: null,
  sources: ['a', 'b'].map((pod) => ({ pod, workload: 'w', namespace: 'n', ip: null })),
  ...more,
});

t.test('a change that is told rightly', async (t) => {
  const score = scoreIncidents([change()], [found()], []);
  t.strictSame(score.changes, [
    {
      change: 'failing_capture',
      named: 1,
      again: [],
      sourcePrecision: 1,
      sourceRecall: 1,
      onsetRight: true,
      shifts: { all: 0, right: 0 },
      misdated: [],
      onsetWidth: 120_000,
      endRight: null,
    },
  ]);
  t.strictSame([score.wrong, score.echoes, score.troubles, score.remarks], [[], [], [], []]);
});

t.test('a change that is not told', async (t) => {
  t.match(scoreIncidents([change()], [], []).changes, [{ named: 0, sourceRecall: 0, onsetRight: false }]);
});

t.test('another diagnosis, port or time does not name the change', async (t) => {
  const rows: Partial<FoundIncident>[] = [
    { diagnosis: 'port_owner_changed', onset: { after: at(1), before: at(2) } },
    { port: 80, onset: { after: at(1), before: at(2) } },
    { onset: { after: at(1), before: at(2) } },
    { onset: { after: at(20), before: at(30) } },
    { onset: { after: at(20), before: null } },
  ];
  for (const row of rows) {
    const score = scoreIncidents([change()], [found(row)], []);
    t.equal(score.changes[0]?.named, 0);
    t.equal(score.wrong.length, 1, JSON.stringify(row));
  }
});

t.test('sources too many and too few are counted', async (t) => {
  const sources = ['a', 'x', 'y'].map((pod) => ({ pod, workload: 'w', namespace: 'n', ip: null }));
  t.match(scoreIncidents([change()], [found({ sources })], []).changes, [
    { sourcePrecision: 1 / 3, sourceRecall: 1 / 2 },
  ]);
});

t.test('an onset that ends before the change, or begins after it, is wrong', async (t) => {
  const late = found({ onset: { after: at(13), before: at(13) } });
  t.match(scoreIncidents([change()], [late], []).changes, [{ named: 1, onsetRight: false, onsetWidth: 0 }]);
  const open = found({ onset: { after: null, before: at(11) } });
  t.match(scoreIncidents([change()], [open], []).changes, [{ named: 1, onsetRight: true, onsetWidth: null }]);
});

t.test('the end of a change is checked when it has one', async (t) => {
  const ended = change({ sources: [source('a', { restored_at: at(30), first_restored: line(31) })] });
  const right = { after: at(29), before: at(31) };
  t.match(scoreIncidents([ended], [found({ ended: right })], []).changes, [{ endRight: true }]);
  t.match(scoreIncidents([ended], [found({ ended: null })], []).changes, [{ endRight: false }]);
  t.match(scoreIncidents([ended], [found({ ended: { after: at(40), before: at(41) } })], []).changes, [
    { endRight: false },
  ]);
});

t.test('incidents that follow from a change or its end are echoes', async (t) => {
  const ended = change({ sources: [source('a', { restored_at: at(30), first_restored: line(31) })] });
  const follows = found({ diagnosis: 'port_owner_changed' });
  const atTheEnd = found({ diagnosis: 'mesh_policy_change', onset: { after: at(29), before: at(31) } });
  const score = scoreIncidents([ended], [follows, atTheEnd], []);
  t.strictSame(score.echoes, [follows, atTheEnd]);
  const elsewhere = { ...follows, sources: [{ pod: 'z', workload: 'w', namespace: 'n', ip: null }] };
  t.strictSame(scoreIncidents([ended], [elsewhere], []).wrong, [elsewhere]);
});

t.test('single connections that fail are troubles, and remarks are not wrong', async (t) => {
  const trouble = found({ diagnosis: 'connection_refused' });
  const remark = found({ diagnosis: 'pod_ip_passthrough', severity: 'info' });
  const score = scoreIncidents([], [trouble, remark, found()], []);
  t.strictSame(score.troubles, [trouble]);
  t.strictSame(score.remarks, [remark]);
  t.strictSame(score.wrong, [found()]);
});

t.test('an incident about an improvement is wrong, a remark about it is not', async (t) => {
  const better = change({ change: 'adoption', diagnoses: [] });
  t.equal(scoreIncidents([better], [found()], []).wrong.length, 1);
  t.equal(scoreIncidents([better], [found({ severity: 'info' })], []).wrong.length, 0);
  t.strictSame(scoreIncidents([better], [], []).changes, []);
});

t.test("a shift is dated rightly when its own source's proxy changed within it", async (t) => {
  const shift = (
    pod: string | null,
    after: number,
    before: number,
    incident: string | null = 'i',
  ): FoundShift => ({
    incident_id: incident,
    source: { pod, workload: 'w', namespace: 'n', ip: null },
    last_before: at(after),
    first_after: at(before),
  });
  const ended = change({
    sources: [source('a', { restored_at: at(30) }), source('b', { changed_at: at(12) })],
  });
  const right = [shift('a', 9, 11), shift('a', 29, 31), shift('b', 11, 13), shift(null, 11, 13)];
  const wrong = [shift('b', 9, 11), shift('x', 9, 11), shift(null, 14, 20)];
  const others = [shift('a', 1, 2, 'j'), shift('a', 1, 2, null)];
  const [scored] = scoreIncidents([ended], [found()], [...right, ...wrong, ...others]).changes;
  t.strictSame(scored?.shifts, { all: 7, right: 4 });
  t.strictSame(scored?.misdated, wrong);
});

t.test(
  'a change that is told twice is right by its first incident, and the other one is named',
  async (t) => {
    const later = found({ id: 'j', onset: { after: at(12), before: at(13) } });
    const [scored] = scoreIncidents([change()], [later, found()], []).changes;
    t.match(scored, { named: 2, onsetRight: true, onsetWidth: 120_000 });
    t.strictSame(scored?.again, [later]);
  },
);
