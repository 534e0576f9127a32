/** The page docs/accuracy.md. */
import type { SimulationOptions } from '../simulator/options.ts';
import { HALF_GOAL, missedGoals, SOURCES_GOAL, SURE_GOAL } from './goals.ts';
import { againList, changeTable, misdatedList, otherList, otherTable, wrongList } from './incident-tables.ts';
import { loneSentence, pairList, partTable, precisionTable, recallTable } from './pair-tables.ts';
import { bullets, type NamedCase } from './table.ts';

/** The figures of the meshes that are the same in all cases. */
export type MeshFigures = Pick<
  SimulationOptions,
  | 'linesPerSecond'
  | 'ephemeralPorts'
  | 'lossRate'
  | 'duplicateRate'
  | 'lateRate'
  | 'skewMs'
  | 'nodes'
  | 'brokenClocks'
  | 'outageRate'
>;

/** Writes the page: tables of all cases, details only of what is wrong. */
export function accuracyPage(cases: readonly NamedCase[], mesh: MeshFigures): string {
  const lines = cases.reduce((sum, { result }) => sum + result.truth.lines, 0);
  return `# Accuracy

Written by \`npm run bench:accuracy\`. Each case is a simulated mesh (\`bench/simulator/\`) whose truth is known: ${cases.length} cases,
${lines} lines in all, ${mesh.linesPerSecond} a second, ${mesh.ephemeralPorts} client ports, ${percent(mesh.lossRate)} of the lines lost, ${percent(mesh.duplicateRate)} delivered twice, ${percent(mesh.lateRate)} late by up to
90 s, the lines of ${percent(mesh.outageRate)} of the pods held up for minutes once, clocks off by up to ${mesh.skewMs} ms either way and those of ${mesh.brokenClocks} of
${mesh.nodes} nodes by 3 s, pods replaced and their addresses given to others. The product is asked by its own commands:
\`ingest\`, \`get pairs\`, \`get incidents\`, \`get shifts\`.

Every mesh has all of this beside what its scenario changes: translation of either address, tunnels, gateways (into the mesh, out of
it, to another cluster), pods with two addresses, ztunnels, connections reported many times, HTTP/1.1 and HTTP/2 with and without
request ids, chains under one id, retries, servers that refuse plain text, ends that vanish, lost SYNs, the second that old proxies
wait for the first bytes, proxies that start before they know a service; and what looks like a change to a careless eye: an address
that is routed to a subset and later to another service, an address that is given to another service, a range that one name owns,
a proxy for everything unknown, a headless service whose proxies choose the pod.

## Goals

- Pairs by full key and by request: precision and recall of at least ${SURE_GOAL} in every scenario.
- Pairs from half of the key: precision of at least ${HALF_GOAL} for each kind; recall is shown.
- Every change of routing told, and no incident without a cause.
- The pods that a change is told of: precision and recall of at least ${SOURCES_GOAL}.
- The onset of every change, and its end where it has one, holds the time in which the proxies changed.

${problemsOf(cases)}

## Pairs

### Recall

Mean over the cases of a scenario, and the worst case in brackets. Joinable: both lines were delivered. \`full\`: both addresses agree.
\`gateway\`: the same, with a gateway at one end. \`http\`: one request. \`dnat\`, \`snat\`: the network translated the server's or
the client's address. \`tunnel\`: the client's proxy names no address of its own. \`sni\`: only the name agrees. \`ztunnel\`: both
lines name both ends. \`untold\`: requests without id under way together on one connection, and attempts before a retry; of these two
kinds nothing is demanded.

${recallTable(cases)}

By kind of call, for pairs of kind \`full\`, \`gateway\` and \`http\`:

${partTable(cases)}

### Precision

By the kind that is told. By addresses alone: pairing the n-th line of two addresses with the n-th, which shows how hard the
cases are.

${precisionTable(cases)}

${loneSentence(cases)}

### Pairs that are wrong or were missed

Lines by pod, start, remote and local address of the downstream connection, and request id.

${pairList(cases)}

## Changes of routing

Told: in how many cases. Once: not as several incidents. Sources are pods. The onset is right when it reaches into the time in which
the proxies changed, one after the other; width is that of the median case. Shifts: those of the incident, each dated rightly when
its own proxy changed between the two lines that it names.

${changeTable(cases)}

### Shifts that are dated wrongly

${misdatedList(cases)}

### Told again

Incidents whose cause is told by another one.

${againList(cases)}

## Other incidents

Echoes: brought about by a change or its end. Troubles: what is really so in every simulated mesh and no change of routing. Remarks:
told with severity \`info\`. False: anything else.

${otherTable(cases)}

${otherList(cases)}

### False incidents

${wrongList(cases)}
`;
}

function problemsOf(cases: readonly NamedCase[]): string {
  const problems = missedGoals(cases);
  return problems.length === 0 ? 'All met.' : `Not met:\n\n${bullets(problems, 200)}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(3))} %`;
}
