import t from 'tap';
import type { GivenOptions } from '../../../bench/simulator/options.ts';
import { type ReadLine, readBack } from '../../../bench/simulator/read-back.ts';
import { simulate } from '../../../bench/simulator/simulate.ts';

const TOLERANCE_MS = 1_000;

function linesOf(given: Partial<GivenOptions> & Pick<GivenOptions, 'scenario'>): {
  lines: string[];
  pairs: Readonly<Record<string, number>>;
} {
  const simulation = simulate({ seed: 9, ...given });
  const lines = [...simulation.lines].map(({ line }) => line);
  return { lines, pairs: simulation.truth().pairs };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

function share(lines: readonly string[], holds: (line: string) => boolean): number {
  return lines.filter(holds).length / lines.length;
}

/** The join that one would write in SQL: both addresses agree, and the times overlap. */
function joinByKey(lines: readonly ReadLine[]): number {
  const isServer = (line: ReadLine): boolean => line.cluster.startsWith('inbound|');
  const servers = groupBy(
    lines.filter(isServer),
    (line) => `${line.downstreamRemote} ${line.downstreamLocal}`,
  );
  const ends = (line: ReadLine): number => line.start + line.duration + TOLERANCE_MS;
  return lines
    .filter((line) => !isServer(line) && line.upstreamLocal !== '-')
    .flatMap((line) =>
      (servers.get(`${line.upstreamLocal} ${line.upstreamHost}`) ?? []).filter(
        (server) => server.start <= ends(line) && line.start <= ends(server),
      ),
    ).length;
}

t.test('the input of the benchmark is made up as its page says', async (t) => {
  const { lines } = linesOf({ scenario: 'throughput', lines: 40_000 });
  const rows: [name: string, expected: number, holds: RegExp][] = [
    ['outbound to a service', 0.4, / - "-" "-" \d+ .* outbound\|\S+ \d/],
    ['inbound', 0.45, / 0 - .* inbound\|/],
    ['Passthrough', 0.05, / PassthroughCluster /],
    ['failures', 0.1, /" 0 (UF,URX|UH|NR) "/],
    ['a reason with spaces', 0.01, /"TLS error: [^"]* [^"]*"/],
  ];
  for (const [name, expected, holds] of rows) {
    const is = share(lines, (line) => holds.test(line));
    // Calls between peers last for minutes, so that few have ended this early.
    t.ok(Math.abs(is - expected) < 0.02, `${name}: ${is}, not ${expected}`);
  }
  const bytes = lines.join('\n').length / lines.length;
  t.ok(bytes > 235 && bytes < 270, `${bytes} bytes a line`);
});

t.test('a join by both addresses and time finds as many pairs as the truth counts', async (t) => {
  for (const options of [{}, { otherFormatRate: 0.6 }, { seed: 2 }]) {
    const { lines, pairs } = linesOf({ scenario: 'throughput', lines: 30_000, ...options });
    const found = joinByKey(lines.flatMap((line) => readBack(line) ?? []));
    t.equal(found, pairs.full);
    t.ok(found > 12_000, `${found} pairs`);
  }
});

t.test('pods stay, unless it is asked that some are replaced', async (t) => {
  const podsOf = (replacedPerHour?: number): number => {
    const given = { scenario: 'throughput', lines: 30_000, linesPerSecond: 20 } as const;
    const { lines } = linesOf(replacedPerHour === undefined ? given : { ...given, replacedPerHour });
    return new Set(lines.map((line) => line.split(' ')[0])).size;
  };
  t.ok(podsOf() <= 200, `${podsOf()} pods`);
  t.ok(podsOf(600) > 300, `${podsOf(600)} pods`);
});

t.test('requests alone: all lines are HTTP, and nine of ten belong to a pair', async (t) => {
  const { lines, pairs } = linesOf({ scenario: 'http_throughput', lines: 10_000 });
  t.ok(lines.every((line) => / "(GET|POST) /.test(line)));
  t.ok((pairs.http ?? 0) > 4_500, `${pairs.http} pairs`);
});

t.test('several formats at once: each pod writes in one, and says the same', async (t) => {
  const plain = linesOf({ scenario: 'throughput', lines: 6_000 });
  const mixed = linesOf({ scenario: 'throughput', lines: 6_000, otherFormatRate: 0.6 });
  t.strictSame(mixed.pairs, plain.pairs);
  t.strictSame(mixed.lines.map(readBack), plain.lines.map(readBack));
  const styles = { json: /istio-proxy \{/, old: /" 0 \S+ "-" "/, new: /" 0 \S+ - - "/ };
  const byPod = groupBy(mixed.lines, (line) => line.split(' ')[0] ?? '');
  for (const [pod, lines] of byPod) {
    const used = Object.values(styles).filter((style) => lines.some((line) => style.test(line)));
    if (used.length !== 1) t.fail(`${pod} writes in ${used.length} formats`);
  }
  for (const [name, style] of Object.entries(styles)) {
    const is = share(mixed.lines, (line) => style.test(line));
    t.ok(is > 0.1, `${name}: ${is}`);
  }
});

t.test('stern as JSON: the same messages, with whose they are beside them', async (t) => {
  const plain = linesOf({ scenario: 'throughput', lines: 500 });
  const json = linesOf({ scenario: 'throughput', lines: 500, envelope: 'stern-json' });
  const unwrapped = json.lines.map((line) => {
    const { podName, containerName, message, namespace, nodeName } = JSON.parse(line) as Record<
      string,
      string
    >;
    if (!/^[a-z-]+ node-\d+$/.test(`${namespace} ${nodeName}`)) t.fail(`whose is ${namespace} ${nodeName}?`);
    return `${podName} ${containerName} ${message}`;
  });
  t.strictSame(unwrapped, plain.lines);
});
