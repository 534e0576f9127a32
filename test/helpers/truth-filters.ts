/** Filters at random whose values are those of a simulated mesh. */
import fc from 'fast-check';
import type { Values } from './forms.ts';
import { hostOf, type MeshTruth, portOf, type TrueLine } from './mesh-truth.ts';

/** What lines alone tell. */
export const LINE_FILTERS = [
  ...['pod', 'namespace', 'workload', 'node', 'source', 'destination', 'port', 'upstream_cluster'],
  ...['response_flag', 'direction', 'kind', 'since', 'until'],
];

/** The same for what is counted or told by the pod of the client, whatever port it called from. */
export function withoutSourcePorts(samples: readonly Values[]): readonly Values[] {
  const bare = (address: string): string => (/^[^:]+:\d+$|\]:\d+$/.test(address) ? hostOf(address) : address);
  return samples.map(({ source, ...values }) =>
    source === undefined ? values : { ...values, source: source.map(bare) },
  );
}

/** A window of whole steps, ms. */
export function widened({ since, until, ...values }: Values, step: number): Values {
  const at = (list: readonly string[], round: (steps: number) => number): string[] =>
    list.map((text) => new Date(round(Date.parse(text) / step) * step).toISOString());
  return {
    ...values,
    ...(since === undefined ? {} : { since: at(since, Math.floor) }),
    ...(until === undefined ? {} : { until: at(until, Math.ceil) }),
  };
}

/** One to three of these filters, each with one to three values; some ask for what is not there. */
export function filterSamples(mesh: MeshTruth, names: readonly string[], count: number): readonly Values[] {
  const { lines } = mesh;
  const some = (read: (line: TrueLine) => string) =>
    fc.uniqueArray(fc.constantFrom(...new Set(lines.map(read).filter((value) => value !== '-'))), {
      minLength: 1,
      maxLength: 3,
    });
  const addressed = lines.filter((line) => line.downstreamRemote !== '-' && line.downstreamLocal !== '-');
  const address = (read: (line: TrueLine) => string) =>
    fc
      .constantFrom(...new Set(addressed.map(read)))
      .chain((text) => fc.constantFrom([text], [hostOf(text)], ['192.0.2.9', text], ['192.0.2.9:9']));
  const minutes = lines.map(({ start }) => `${new Date(start).toISOString().slice(0, 16)}:00.000Z`);
  const minute = fc.constantFrom(...new Set(minutes)).map((text) => [text]);
  const values: Readonly<Record<string, fc.Arbitrary<readonly string[]>>> = {
    pod: fc.oneof(
      some(({ pod }) => pod),
      some(({ pod }) => `${pod.slice(0, 4)}*`),
      fc.constant(['nobody']),
    ),
    namespace: some(({ namespace }) => namespace),
    workload: some(({ workload }) => workload),
    node: some(({ node }) => node),
    source: address(({ downstreamRemote }) => downstreamRemote),
    destination: address(({ downstreamLocal }) => downstreamLocal),
    port: fc
      .constantFrom(...new Set(addressed.map((line) => String(portOf(line.downstreamLocal)))))
      .map((port) => [port]),
    upstream_cluster: fc.oneof(
      some(({ cluster }) => cluster),
      fc.constant(['outbound|*']),
      fc.constant(['PassthroughCluster']),
    ),
    response_flag: fc.constantFrom(['UF'], ['UF', 'NR'], ['UH'], ['DC']),
    direction: fc.constantFrom(['outbound'], ['inbound'], ['outbound', 'inbound'], ['unknown']),
    kind: fc.constantFrom(['tcp'], ['http'], ['tcp', 'http']),
    verdict: fc.constantFrom(['matched'], ['unexplained'], ['pending', 'matched']),
    since: minute,
    until: minute,
  };
  const filters = fc
    .subarray([...names], { minLength: 1, maxLength: 3 })
    .chain((chosen) =>
      fc.record(Object.fromEntries(chosen.map((name) => [name, values[name] ?? fc.constant([])]))),
    )
    .filter(({ since, until }) => since === undefined || until === undefined || `${since}` < `${until}`);
  // Each by itself, so that none is left out by chance.
  const single = names.flatMap((name) => {
    const [value] = fc.sample(values[name] ?? fc.constant([]), { seed: 5, numRuns: 1 });
    return value === undefined ? [] : [{ [name]: value }];
  });
  return [{}, ...single, ...fc.sample(filters, { seed: 7, numRuns: count })];
}
