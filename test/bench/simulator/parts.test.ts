/** The kinds of call that a mesh has beside ordinary ones: what their lines look like, and what is true of them. */
import t, { type Test } from 'tap';
import { groupBy } from '../../../bench/accuracy/table.ts';
import type { GivenOptions } from '../../../bench/simulator/options.ts';
import { type ReadLine, readBack } from '../../../bench/simulator/read-back.ts';
import { simulate } from '../../../bench/simulator/simulate.ts';
import type { TruePair, Truth } from '../../../bench/simulator/truth.ts';

type Ends = readonly [out: ReadLine, into: ReadLine, pair: TruePair];

interface Run {
  readonly lines: readonly ReadLine[];
  readonly truth: Truth;
  /** The pairs of one kind of call, or of several. */
  of(...parts: string[]): Ends[];
}

function run(given: Partial<GivenOptions> = {}): Run {
  const pairs: TruePair[] = [];
  const options = { seed: 31, scenario: 'quiet', lines: 14_000, lossRate: 0, ...given } as const;
  const simulation = simulate(options, (pair) => pairs.push(pair));
  const byId = new Map<number, ReadLine>();
  for (const { id, line } of simulation.lines) {
    const read = readBack(line);
    if (read !== null) byId.set(id, read);
  }
  const at = (id: number): ReadLine => byId.get(id) as ReadLine;
  const of = (...parts: string[]): Ends[] =>
    pairs.flatMap((pair) =>
      parts.includes(pair.part) ? [[at(pair.outbound), at(pair.inbound), pair] as const] : [],
    );
  return { lines: [...byId.values()], truth: simulation.truth(), of };
}

function mapBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  return new Map(groupBy(items, keyOf));
}

const quiet = run();
const ip = (address: string): string => address.slice(0, address.lastIndexOf(':'));

function all(t: Test, ends: readonly Ends[], expected: string, holds: (...ends: Ends) => boolean): void {
  const wrong = ends.filter((one) => !holds(...one));
  t.ok(ends.length > 5 && wrong.length === 0, `${expected}: all of ${ends.length}`, {
    wrong: wrong.slice(0, 2),
  });
}

t.test('behind a masquerading network the server sees the node', async (t) => {
  all(t, quiet.of('snat'), 'only the server address agrees', (out, into, { kind }) => {
    const isNode = ip(into.downstreamRemote).startsWith('10.20.0.');
    return kind === 'snat' && isNode && out.upstreamHost === into.downstreamLocal;
  });
});

t.test('a connection to another cluster has three lines, two of them the gateway’s in turn', async (t) => {
  const ends = quiet.of('east_west');
  const toGateway = ends.filter(([, , { kind }]) => kind === 'sni');
  const onward = ends.filter(([, , { kind }]) => kind === 'gateway');
  all(t, toGateway, 'only the name agrees', (out, into) => {
    const named = out.cluster.replaceAll('|', '_.') === into.serverName;
    return named && out.upstreamLocal !== into.downstreamRemote && out.upstreamHost !== into.downstreamLocal;
  });
  all(t, toGateway, 'the gateway counts ciphertext', (out, into) => into.received > out.received + 1_000);
  all(t, onward, 'both addresses agree', (out, into) => {
    const agree = out.upstreamLocal === into.downstreamRemote && out.upstreamHost === into.downstreamLocal;
    return agree && out.pod.startsWith('istio-eastwestgateway') && out.cluster === into.serverName;
  });
});

t.test('what comes in from outside is passed on by the gateway', async (t) => {
  all(t, quiet.of('ingress'), 'both addresses agree', (out, into, { kind }) => {
    const agree = out.upstreamLocal === into.downstreamRemote && out.upstreamHost === into.downstreamLocal;
    return kind === 'gateway' && agree && !out.downstreamRemote.startsWith('10.');
  });
});

t.test('a tunnel hides both addresses from the client’s proxy', async (t) => {
  all(t, quiet.of('tunnel'), 'the inner address alone', (out, into, { kind }) => {
    const inner = out.upstreamHost === `envoy://connect_originate/${into.downstreamLocal}`;
    return kind === 'tunnel' && inner && out.upstreamLocal === 'envoy://internal_client_address/';
  });
  t.equal(run({ format: 'istio-1.3' }).truth.pairs.tunnel, 0, 'old proxies know no tunnels');
});

t.test('ztunnels name both ends, and no port is the same', async (t) => {
  all(t, quiet.of('ambient'), 'both lines', (out, into, { kind }) => {
    const isSame = out.downstreamLocal === into.downstreamLocal && out.received === into.received;
    const other =
      ip(out.downstreamRemote) === ip(into.downstreamRemote) &&
      out.downstreamRemote !== into.downstreamRemote;
    return (
      kind === 'ztunnel' && isSame && other && out.pod.startsWith('ztunnel-') && into.start >= out.start - 41
    );
  });
});

t.test('a server that takes no plain text writes a line of its own about it', async (t) => {
  all(t, quiet.of('strict'), 'NR at the server, nothing at the client', (out, into) => {
    const agree = out.upstreamLocal === into.downstreamRemote && out.upstreamHost === into.downstreamLocal;
    return agree && into.flags === 'NR' && into.cluster === '-' && out.flags === '-' && out.sent === 0;
  });
  const old = run({ format: 'istio-1.3' });
  t.strictSame(old.of('strict'), [], 'old ones close without a line');
  t.ok((old.truth.calls.strict ?? 0) > 5);
});

t.test('both ends of an IPv6 connection have IPv6 addresses, of pods that have others too', async (t) => {
  const ends = quiet.of('ipv6');
  all(t, ends, 'in brackets', (out, into) =>
    [out.upstreamLocal, out.upstreamHost, out.downstreamLocal, into.upstreamLocal].every((one) =>
      one.startsWith('['),
    ),
  );
  const pods = new Set(quiet.of('service').map(([out]) => out.pod));
  t.ok(ends.some(([out]) => pods.has(out.pod)));
});

t.test('a long connection is reported with one start and growing figures', async (t) => {
  const byConnection = new Map<string, ReadLine[]>();
  for (const [out] of quiet.of('periodic')) {
    const same = quiet.lines.filter(
      (line) =>
        line.pod === out.pod && line.downstreamRemote === out.downstreamRemote && line.start === out.start,
    );
    byConnection.set(
      `${out.pod} ${out.downstreamRemote}`,
      same.toSorted((a, b) => a.duration - b.duration),
    );
  }
  t.ok(byConnection.size > 5);
  for (const reports of byConnection.values()) {
    const bytes = reports.map((line) => line.received);
    t.ok(reports.length > 1 && new Set(reports.map((line) => line.upstreamLocal)).size === 1);
    t.strictSame(
      bytes,
      bytes.toSorted((a, b) => a - b),
    );
  }
});

t.test(
  'requests of one connection come one after the other by HTTP/1.1, and together by HTTP/2',
  async (t) => {
    const overlaps = (ends: readonly Ends[]): number => {
      const byTuple = mapBy(
        ends.map(([out]) => out),
        (out) => `${out.upstreamLocal} ${out.upstreamHost}`,
      );
      return [...byTuple.values()].filter((lines) => {
        const sorted = lines.toSorted((a, b) => a.start - b.start);
        return sorted.some(
          (line, i) => line.start + line.duration > (sorted[i + 1]?.start ?? Number.POSITIVE_INFINITY),
        );
      }).length;
    };
    t.equal(overlaps(quiet.of('http')), 0);
    t.equal(overlaps(quiet.of('http_nameless')), 0);
    t.ok(overlaps(quiet.of('http2')) > 5);
  },
);

t.test(
  'requests without id have none on either line; nothing is demanded of those that overlap',
  async (t) => {
    all(
      t,
      quiet.of('http_nameless'),
      'no id',
      (out, into, { kind }) => kind === 'http' && out.requestId === into.requestId && out.requestId === '-',
    );
    all(
      t,
      run({ lines: 40_000 }).of('http2_nameless'),
      'no id',
      (out, _, { kind }) => kind === 'untold' && out.requestId === '-',
    );
  },
);

t.test('a chain of requests has one id and nests', async (t) => {
  const byId = mapBy(quiet.of('http_chain'), ([out]) => out.requestId);
  const chains = [...byId.values()].filter((ends) => ends.length === 2);
  t.ok(chains.length > 5);
  for (const chain of chains) {
    const [first, second] = chain.toSorted(([a], [b]) => b.duration - a.duration);
    t.equal(first?.[1].pod, second?.[0].pod, 'the server of the first is the client of the second');
    t.ok((second?.[0].start ?? 0) >= (first?.[0].start ?? 0) - 41);
  }
});

t.test('a retry leaves one line at the client and two at servers, of which the last counts', async (t) => {
  const byClient = mapBy(quiet.of('http_retry'), ([out]) => out.requestId);
  t.ok(byClient.size > 5);
  for (const ends of byClient.values()) {
    t.strictSame(ends.map(([, , { kind }]) => kind).sort(), ['http', 'untold']);
    const [last] = ends.filter(([, , { kind }]) => kind === 'http');
    t.equal(last?.[0].upstreamHost, last?.[1].downstreamLocal);
  }
});

t.test(
  'an address is routed to a subset, then to another service, and nobody is told as wrong',
  async (t) => {
    const clusters = quiet
      .of('routed')
      .toSorted(([a], [b]) => a.start - b.start)
      .map(([out]) => out.cluster);
    t.match(clusters.at(0), /^outbound\|7070\|\|turnpike\./);
    t.match(clusters[Math.floor(clusters.length * 0.4)], /^outbound\|7070\|v2\|turnpike\./);
    t.match(clusters.at(-1), /^outbound\|7070\|\|bypass\./);
    t.strictSame(quiet.truth.incidents, []);
  },
);

t.test('an address that a service gave back belongs to another service later', async (t) => {
  const byAddress = mapBy(quiet.of('moved'), ([out]) => out.downstreamLocal);
  t.equal(byAddress.size, 2);
  const clusters = [...byAddress.values()].map((ends) => new Set(ends.map(([out]) => out.cluster)).size);
  t.strictSame(clusters.sort(), [1, 2]);
});

t.test('one cluster takes many addresses of a client that has a proxy for what is unknown', async (t) => {
  const outs = quiet.of('proxied').map(([out]) => out);
  t.equal(new Set(outs.map((out) => out.cluster)).size, 1);
  t.ok(new Set(outs.map((out) => out.downstreamLocal)).size > 5);
});

t.test('a headless service whose proxies choose is reached at other pods than were dialled', async (t) => {
  const others = quiet.of('shared_headless').filter(([out]) => out.upstreamHost !== out.downstreamLocal);
  t.ok(others.length > 5);
});

t.test('clocks that nobody sets are off by 3 s, on as many nodes as asked', async (t) => {
  const gaps = (brokenClocks: number): number =>
    run({ brokenClocks, nodes: 10 })
      .of('headless')
      .filter(([out, into]) => Math.abs(into.start - out.start) > 2_900).length;
  t.equal(gaps(0), 0);
  t.ok(gaps(1) > 5);
});

t.test('some ends notice the close minutes later, on either side', async (t) => {
  const gaps = run({ lines: 40_000 })
    .of('service', 'peer', 'other_peer', 'headless')
    .map(([out, into]) => into.start + into.duration - out.start - out.duration);
  t.ok(gaps.some((gap) => gap > 9_000) && gaps.some((gap) => gap < -9_000));
});

t.test('a lost SYN is sent again after 1, 3 or 7 s', async (t) => {
  const ends = [1, 2].flatMap((seed) => run({ seed, skewMs: 0 }).of('service'));
  const late = ends.map(([out, into]) => into.start - out.start).filter((gap) => gap > 500);
  t.ok(late.length > 3, `${late.length} of ${ends.length}`);
  t.ok(
    late.every((gap) => [1_000, 3_000, 7_000].some((again) => gap >= again && gap < again + 5)),
    late.join(' '),
  );
});

t.test('the lines of a pod whose reader was away come together, minutes late', async (t) => {
  const behind = (outageRate: number): number => {
    let latest = 0;
    let count = 0;
    for (const line of run({ outageRate, lateRate: 0, skewMs: 0, lines: 8_000 }).lines) {
      const end = line.start + line.duration;
      latest = Math.max(latest, end);
      if (end < latest - 40_000) count++;
    }
    return count;
  };
  t.equal(behind(0), 0);
  t.ok(behind(0.2) > 20);
});
