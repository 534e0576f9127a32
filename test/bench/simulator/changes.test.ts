import t from 'tap';
import { DRAIN_MS } from '../../../bench/simulator/changes.ts';
import { FORMATS, type GivenOptions, SCENARIOS, type Scenario } from '../../../bench/simulator/options.ts';
import { type ReadLine, readBack } from '../../../bench/simulator/read-back.ts';
import { PEER_PORT } from '../../../bench/simulator/services.ts';
import { simulate } from '../../../bench/simulator/simulate.ts';
import type { TruePair, Truth } from '../../../bench/simulator/truth.ts';

interface Run {
  readonly byId: ReadonlyMap<number, ReadLine>;
  readonly pairs: readonly TruePair[];
  readonly truth: Truth;
}

function run(given: GivenOptions): Run {
  const pairs: TruePair[] = [];
  const simulation = simulate({ lines: 8_000, ...given }, (pair) => pairs.push(pair));
  const byId = new Map<number, ReadLine>();
  for (const { id, line } of simulation.lines) {
    const read = readBack(line);
    if (read !== null) byId.set(id, read);
  }
  return { byId, pairs, truth: simulation.truth() };
}

const only = (truth: Truth): Truth['incidents'][number] => {
  const [incident, ...others] = truth.incidents;
  if (incident === undefined || others.length > 0) throw new Error('not exactly one incident');
  return incident;
};

/** Outbound lines of connections to pods that have no listener on the port of the catch-all. */
const peerCalls = (it: Run): ReadLine[] =>
  [...it.byId.values()].filter(
    (line) =>
      line.downstreamLocal.endsWith(`:${PEER_PORT}`) &&
      line.downstreamLocal.startsWith('10.40.') &&
      !line.cluster.startsWith('inbound|') &&
      line.flags !== 'NR',
  );

t.test('a quiet mesh has no incident', async (t) => {
  for (const scenario of ['quiet', 'throughput', 'http_throughput'] as const)
    t.strictSame(run({ seed: 1, scenario }).truth.incidents, []);
});

t.test('lines fall on the right side of the instant at which their proxy changed', async (t) => {
  for (const format of FORMATS) {
    for (const scenario of SCENARIOS) {
      for (const incident of run({ seed: 2, scenario, format }).truth.incidents) {
        for (const source of incident.sources) {
          const told = `${format} ${scenario} ${incident.change} ${source.pod}`;
          if (source.last_old && source.last_old.start_time > source.changed_at)
            t.fail(`${told}: old after change`);
          if (source.first_new && source.first_new.start_time < source.changed_at)
            t.fail(`${told}: new before change`);
          if (source.restored_at === null) continue;
          if (source.last_new && source.last_new.start_time > source.restored_at)
            t.fail(`${told}: new after the end`);
          const back = source.first_restored;
          if (back && back.start_time < source.restored_at) t.fail(`${told}: old before the end`);
        }
        t.ok(
          incident.sources.length > 3,
          `${format} ${scenario} ${incident.change}: ${incident.sources.length} sources`,
        );
      }
    }
  }
});

t.test('the lines that the truth names have the time and the cluster it says', async (t) => {
  for (const scenario of ['failing_capture', 'silent_capture', 'recovery', 'adoption'] as const) {
    const it = run({ seed: 3, scenario });
    const incident = only(it.truth);
    for (const source of incident.sources) {
      const line = it.byId.get(source.first_new?.line ?? -1);
      t.equal(line?.cluster, incident.upstream_cluster, `${scenario} ${source.pod}`);
      t.equal(line?.pod, source.pod);
      t.equal(new Date(line?.start ?? 0).toISOString(), source.first_new?.start_time);
      const old = it.byId.get(source.last_old?.line ?? -1);
      if (old !== undefined) t.equal(old.cluster, 'PassthroughCluster');
    }
  }
});

t.test('proxies change at different instants, some seconds apart', async (t) => {
  const instants = only(run({ seed: 4, scenario: 'failing_capture' }).truth).sources.map((s) =>
    Date.parse(s.changed_at),
  );
  const spread = Math.max(...instants) - Math.min(...instants);
  t.ok(new Set(instants).size > 5);
  t.ok(spread > 1_000, `${spread} ms`);
});

t.test('every call by pod address is captured after the change, and none before', async (t) => {
  for (const scenario of ['failing_capture', 'silent_capture'] as const) {
    const it = run({ seed: 5, scenario, lossRate: 0 });
    const incident = only(it.truth);
    const changed = new Map(incident.sources.map((source) => [source.pod, Date.parse(source.changed_at)]));
    const wrong = peerCalls(it).filter((line) => {
      const captured = line.cluster === incident.upstream_cluster;
      const at = changed.get(line.pod);
      return at !== undefined && captured !== line.start >= at;
    });
    t.strictSame(wrong, [], scenario);
    t.ok(incident.sources.some((source) => source.connections > 5));
  }
});

t.test('a failing capture fails, a silent one carries bytes to another workload', async (t) => {
  const failing = only(run({ seed: 6, scenario: 'failing_capture' }).truth);
  t.ok(failing.sources.every((source) => source.failures === source.connections));
  const it = run({ seed: 6, scenario: 'silent_capture' });
  const silent = only(it.truth);
  t.ok(silent.sources.every((source) => source.failures === 0));
  t.ok(it.truth.pairs.dnat > 100);
  const delivered = it.pairs.flatMap((pair) => {
    const out = it.byId.get(pair.outbound);
    const into = it.byId.get(pair.inbound);
    return out?.cluster === silent.upstream_cluster && into !== undefined ? [into] : [];
  });
  t.ok(delivered.length > 50);
  t.ok(
    delivered.every((line) => line.pod.startsWith('ferry-') && line.serverName === '-' && line.received > 0),
  );
});

t.test('connections outlive the change and are written after it', async (t) => {
  const it = run({ seed: 7, scenario: 'failing_capture' });
  const changed = new Map(only(it.truth).sources.map((s) => [s.pod, Date.parse(s.changed_at)]));
  const long = peerCalls(it).filter((line) => {
    const at = changed.get(line.pod) ?? Number.POSITIVE_INFINITY;
    return (
      line.cluster === 'PassthroughCluster' && line.start < at && line.start + line.duration > at + 60_000
    );
  });
  t.ok(long.length > 3, `${long.length} connections`);
});

t.test('connections of a removed listener are cut when the drain time is over', async (t) => {
  const it = run({ seed: 8, scenario: 'recovery', lines: 16_000 });
  const incident = only(it.truth);
  const ends = new Map(incident.sources.map((s) => [s.pod, Date.parse(s.restored_at ?? '')]));
  const captured = peerCalls(it).filter((line) => line.cluster === incident.upstream_cluster);
  const after = captured.map(
    (line) => line.start + line.duration - (ends.get(line.pod) ?? Number.POSITIVE_INFINITY),
  );
  t.ok(
    after.every((ms) => ms <= DRAIN_MS + 1),
    'none lives longer',
  );
  t.ok(after.filter((ms) => Math.abs(ms - DRAIN_MS) <= 1).length > 3, 'some live that long');
});

t.test('under a strict registry unknown destinations go nowhere', async (t) => {
  for (const format of FORMATS) {
    const it = run({ seed: 9, scenario: 'registry_only', format });
    const incident = only(it.truth);
    t.equal(incident.port, null);
    for (const source of incident.sources) {
      const line = it.byId.get(source.first_new?.line ?? -1);
      t.match(line, { flags: 'UH', upstreamHost: '-', upstreamLocal: '-', received: 0 });
      t.equal(line?.cluster, format === 'istio-1.3' ? '-' : 'BlackHoleCluster');
    }
  }
});

t.test('calls to a removed service go by the plain address, to nobody', async (t) => {
  const it = run({ seed: 10, scenario: 'service_removed' });
  const incident = only(it.truth);
  for (const source of incident.sources) {
    const line = it.byId.get(source.first_new?.line ?? -1);
    t.match(line, { flags: 'UF,URX', cluster: 'PassthroughCluster', upstreamLocal: '-' });
    t.equal(line?.upstreamHost, line?.downstreamLocal);
  }
});

t.test('adoption is no diagnosis and encrypts what was plain', async (t) => {
  const it = run({ seed: 11, scenario: 'adoption' });
  const incident = only(it.truth);
  t.strictSame(incident.diagnoses, []);
  const named = [...it.byId.values()].filter(
    (line) => line.serverName === incident.upstream_cluster?.replaceAll('|', '_.'),
  );
  t.ok(named.length > 50);
});

t.test('the changes that come in turn are told one by one', async (t) => {
  const { incidents } = run({ seed: 12, scenario: 'all_in_turn' as Scenario, lines: 16_000 }).truth;
  t.strictSame(
    incidents.map((incident) => incident.change),
    ['failing_capture', 'silent_capture', 'registry_only', 'service_removed', 'adoption'],
  );
  for (const { change, sources } of incidents.slice(0, 3)) {
    t.ok(
      sources.some((source) => source.first_restored !== null),
      `${change} ends`,
    );
  }
});
