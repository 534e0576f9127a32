import { createHash } from 'node:crypto';
import t from 'tap';
import { FORMATS, type GivenOptions, SCENARIOS } from '../../../bench/simulator/options.ts';
import { lineName, type ReadLine, readBack } from '../../../bench/simulator/read-back.ts';
import { simulate } from '../../../bench/simulator/simulate.ts';
import type { TruePair, Truth } from '../../../bench/simulator/truth.ts';

interface Run {
  readonly lines: readonly string[];
  /** Access-log lines by id, each once. */
  readonly byId: ReadonlyMap<number, ReadLine>;
  readonly pairs: readonly TruePair[];
  readonly truth: Truth;
}

function run(given: GivenOptions): Run {
  const pairs: TruePair[] = [];
  const simulation = simulate({ lines: 4_000, ...given }, (pair) => pairs.push(pair));
  const lines: string[] = [];
  const byId = new Map<number, ReadLine>();
  for (const { id, line } of simulation.lines) {
    lines.push(line);
    const read = readBack(line);
    if (read !== null) byId.set(id, read);
  }
  return { lines, byId, pairs, truth: simulation.truth() };
}

const digest = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('hex');

const ends = (run: Run, pair: TruePair): [out: ReadLine, into: ReadLine] => {
  const out = run.byId.get(pair.outbound);
  const into = run.byId.get(pair.inbound);
  if (out === undefined || into === undefined) throw new Error('a pair names a line that was not delivered');
  return [out, into];
};

t.test('the same seed gives the same bytes and the same truth', async (t) => {
  for (const scenario of SCENARIOS) {
    const [a, b] = [run({ seed: 5, scenario, lines: 1_500 }), run({ seed: 5, scenario, lines: 1_500 })];
    t.equal(digest(a.lines), digest(b.lines), scenario);
    t.strictSame(a.truth, b.truth);
    t.strictSame(a.pairs, b.pairs);
  }
});

t.test('another seed gives other bytes', async (t) => {
  const scenario = 'quiet';
  t.not(digest(run({ seed: 1, scenario }).lines), digest(run({ seed: 2, scenario }).lines));
});

t.test('the same seed tells the same story in every format', async (t) => {
  const stories = FORMATS.map((format) => {
    const { truth } = run({ seed: 3, scenario: 'silent_capture', format });
    return truth.incidents.map((incident) => [incident.change, incident.port, incident.upstream_cluster]);
  });
  t.strictSame(stories[1], stories[0]);
  t.strictSame(stories[2], stories[0]);
});

t.test('as many lines come as were asked for', async (t) => {
  for (const lines of [1, 999]) t.equal(run({ seed: 1, scenario: 'quiet', lines }).lines.length, lines);
});

t.test('every line can be read in every format', async (t) => {
  for (const format of FORMATS) {
    for (const scenario of ['all_in_turn', 'throughput'] as const) {
      const { lines, truth } = run({ seed: 2, scenario, format });
      const unread = lines.filter((line) => readBack(line) === null);
      t.equal(
        unread.length,
        truth.messages,
        `${format} ${scenario}: only messages of the proxies are no access log`,
      );
      t.ok(unread.every((line) => line.includes('\tinfo\t')));
    }
  }
});

t.test('lines have different names, and only copies and reports of one connection the same', async (t) => {
  for (const format of FORMATS) {
    const lines = [...run({ seed: 4, scenario: 'all_in_turn', format, lines: 8_000 }).byId.values()];
    const byName = new Map<string, ReadLine[]>();
    for (const line of lines) byName.set(lineName(line), [...(byName.get(lineName(line)) ?? []), line]);
    const same = [...byName.values()].filter((group) => group.length > 1);
    const reports = same.filter((group) => new Set(group.map((line) => line.duration)).size === group.length);
    t.ok(same.length > 20, `${format}: ${same.length} connections are reported several times`);
    t.equal(reports.length, same.length, format);
    t.ok(
      same.every((group) => group.every((line) => line.upstreamLocal === group[0]?.upstreamLocal)),
      'of one connection',
    );
  }
});

t.test('the two lines of a pair are two ends of one connection', async (t) => {
  for (const format of FORMATS) {
    const it = run({ seed: 6, scenario: 'all_in_turn', format, lines: 10_000, skewMs: 20 });
    const wrong: string[] = [];
    for (const pair of it.pairs.filter(({ part }) => part !== 'periodic')) {
      const [out, into] = ends(it, pair);
      if (pair.kind === 'http' ? out.requestId !== into.requestId : out.http !== into.http)
        wrong.push('request');
      // Clocks differ by twice the skew at most; the network and truncation add some ms.
      if (into.start > out.start + out.duration + 46) wrong.push('begins after the end');
      if (into.start + into.duration < out.start - 46) wrong.push('ends before the begin');
      if (into.start < out.start - 41) wrong.push('begins too early');
    }
    t.strictSame(wrong, [], format);
  }
});

t.test('every line that meets another end in time belongs to a pair', async (t) => {
  const it = run({ seed: 7, scenario: 'quiet', lines: 6_000, lossRate: 0 });
  const named = new Map([...it.byId].map(([id, line]) => [id, lineName(line)]));
  const inPairs = new Set(it.pairs.flatMap((pair) => [named.get(pair.outbound), named.get(pair.inbound)]));
  const alone = [...it.byId.values()].filter((line) => !line.http && !inPairs.has(lineName(line)));
  const byClient = new Map<string, ReadLine[]>();
  for (const line of alone) {
    const key = `${line.downstreamRemote} ${line.downstreamLocal}`;
    byClient.set(key, [...(byClient.get(key) ?? []), line]);
  }
  const overlooked = alone.filter((line) => {
    const others = byClient.get(`${line.upstreamLocal} ${line.upstreamHost}`) ?? [];
    return others.some((o) => o.start < line.start + line.duration && line.start < o.start + o.duration);
  });
  t.ok(alone.length > 100);
  t.strictSame(overlooked, []);
});

t.test('client ports go round and are used again, but never twice at once', async (t) => {
  const it = run({ seed: 8, scenario: 'quiet', lines: 12_000, ephemeralPorts: 200, lossRate: 0 });
  const byTuple = new Map<string, ReadLine[]>();
  for (const pair of it.pairs.filter((one) => one.kind === 'full')) {
    const [out] = ends(it, pair);
    const key = `${out.upstreamLocal} ${out.upstreamHost}`;
    byTuple.set(key, [...(byTuple.get(key) ?? []), out]);
  }
  const reused = [...byTuple.values()].filter((lines) => lines.length > 1);
  t.ok(reused.length > 50, `${reused.length} of ${byTuple.size} address keys are used again`);
  const overlaps = reused.filter((lines) => {
    const sorted = lines.toSorted((a, b) => a.start - b.start);
    return sorted.some(
      (line, i) => line.start + line.duration > (sorted[i + 1]?.start ?? Number.POSITIVE_INFINITY),
    );
  });
  t.strictSame(overlaps, []);
});

t.test('a server never has two open connections from one client address', async (t) => {
  // Few ports and much translation: without care for both sides of it, six servers of these four meshes would.
  for (const seed of [1, 2, 3, 8]) {
    const it = run({ seed, scenario: 'silent_capture', lines: 16_000, ephemeralPorts: 100, skewMs: 0 });
    const byKey = new Map<string, ReadLine[]>();
    for (const line of it.byId.values()) {
      if (line.http || !line.cluster.startsWith('inbound|')) continue;
      const key = `${line.downstreamRemote} ${line.downstreamLocal}`;
      byKey.set(key, [...(byKey.get(key) ?? []), line]);
    }
    const clashes = [...byKey.values()].filter((lines) => {
      const sorted = lines.toSorted((a, b) => a.start - b.start || a.duration - b.duration);
      return sorted.some(
        (line, i) =>
          line.start !== sorted[i + 1]?.start &&
          line.start + line.duration > (sorted[i + 1]?.start ?? Number.POSITIVE_INFINITY),
      );
    });
    t.strictSame(clashes, [], `seed ${seed}`);
  }
});

t.test('most idle pairs of one proxy by pod address have ports two apart', async (t) => {
  const it = run({ seed: 9, scenario: 'quiet', lines: 6_000 });
  const port = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
  const direct = [...it.byId.values()].filter(
    (line) => line.cluster === 'PassthroughCluster' && line.downstreamLocal.startsWith('10.40.'),
  );
  const apart = direct.filter((line) => port(line.upstreamLocal) - port(line.downstreamRemote) === 2);
  t.ok(direct.length > 200);
  t.ok(apart.length / direct.length > 0.95, `${apart.length} of ${direct.length}`);
});

t.test('clients name the cluster to servers, except where they do not know it', async (t) => {
  const it = run({ seed: 10, scenario: 'quiet' });
  let named = 0;
  let plain = 0;
  for (const pair of it.pairs.filter((one) => one.kind === 'full')) {
    const [out, into] = ends(it, pair);
    if (out.cluster === 'PassthroughCluster') plain++;
    else named++;
    const expected = out.cluster === 'PassthroughCluster' ? '-' : out.cluster.replaceAll('|', '_.');
    if (into.serverName !== expected) t.fail(`${out.cluster} is named ${into.serverName}`);
  }
  t.ok(named > 100 && plain > 100);
});

t.test('old proxies begin some plain connections a second late', async (t) => {
  const gaps = (format: 'istio-1.3' | 'istio-1.9'): number => {
    const it = run({ seed: 11, scenario: 'quiet', format, lines: 6_000 });
    return it.pairs.filter((pair) => {
      const [out, into] = ends(it, pair);
      const gap = into.start - out.start;
      if (gap >= 960 && gap < 1_100 && out.cluster !== 'PassthroughCluster') t.fail('only plain connections');
      return gap >= 960 && gap < 1_100;
    }).length;
  };
  t.ok(gaps('istio-1.3') > 30);
  t.equal(gaps('istio-1.9'), 0);
});

t.test('lines are lost and delivered again at the rates asked for', async (t) => {
  const lines = 15_000;
  const given = { seed: 12, scenario: 'quiet', lines } as const;
  const lossy = run({ ...given, lossRate: 0.05, duplicateRate: 0.02 });
  t.ok(Math.abs(lossy.truth.lost / lines - 0.05) < 0.01, `${lossy.truth.lost} lost`);
  t.ok(Math.abs(lossy.truth.duplicates / lines - 0.02) < 0.012, `${lossy.truth.duplicates} again`);
  const clean = run({ ...given, lossRate: 0, duplicateRate: 0 });
  t.equal(clean.truth.lost, 0);
  t.equal(clean.truth.duplicates, 0);
  t.equal(new Set(clean.lines).size, clean.lines.length, 'no two lines are the same');
});

t.test('lines come some time after the end of their connection, and some much later', async (t) => {
  const it = run({ seed: 13, scenario: 'quiet', lines: 8_000, skewMs: 0 });
  const written = [...it.byId.values()].map((line) => line.start + line.duration);
  let latest = 0;
  let late = 0;
  for (const end of written) {
    latest = Math.max(latest, end);
    if (end < latest - 20_000) late++;
  }
  t.ok(late / written.length > 0.008 && late / written.length < 0.03, `${late} late`);
});

t.test('pods are replaced: a StatefulSet keeps the name, another pod gets the address', async (t) => {
  const it = run({ seed: 14, scenario: 'quiet', lines: 12_000, replacedPerHour: 300, nodes: 2 });
  const addresses = new Map<string, Set<string>>();
  const pods = new Map<string, Set<string>>();
  for (const line of it.byId.values()) {
    if (line.cluster.startsWith('inbound|') || line.http) continue;
    const ip = line.downstreamRemote.slice(0, line.downstreamRemote.indexOf(':'));
    if (!ip.startsWith('10.40.') || line.cluster === '-') continue;
    if (line.pod.startsWith('istio-egressgateway')) continue;
    addresses.set(line.pod, (addresses.get(line.pod) ?? new Set()).add(ip));
    pods.set(ip, (pods.get(ip) ?? new Set()).add(line.pod));
  }
  const moved = [...addresses].filter(([, ips]) => ips.size > 1).map(([pod]) => pod);
  t.ok(moved.length > 0 && moved.every((pod) => /-\d+$/.test(pod)), moved.join(' '));
  t.ok(
    [...pods.values()].some((names) => names.size > 1),
    'an address belongs to two pods, one after the other',
  );
});

t.test('clocks of nodes are off by no more than asked', async (t) => {
  const starts = (skewMs: number): number[] => {
    const it = run({ seed: 15, scenario: 'quiet', skewMs });
    return it.pairs.map((pair) => {
      const [out, into] = ends(it, pair);
      return into.start - out.start;
    });
  };
  t.ok(Math.min(...starts(0)) >= 0);
  const skewed = Math.min(...starts(500));
  t.ok(skewed < -100 && skewed >= -1_001, String(skewed));
});

t.test('a mesh that is too small is refused with the reason', async (t) => {
  t.throws(() => simulate({ seed: 1, scenario: 'quiet', services: 3 }), /services: at least 23/);
  t.throws(() => simulate({ seed: 1, scenario: 'quiet', pods: 12 }), /pods: at least two/);
  t.throws(() => simulate({ seed: 1, scenario: 'quiet', lossRate: 2 }), /lossRate/);
});
