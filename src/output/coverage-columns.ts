/** Columns of the pods and of the peers of coverage. */
import type { CoveragePeer, CoveragePod } from '../domain/coverage.ts';
import {
  type Cells,
  type Columns,
  column,
  csvCells,
  csvHeading,
  type FlatRow,
  flatCells,
  list,
  tableCells,
  wide,
} from './column.ts';

const PODS: Columns<CoveragePod> = {
  table: [
    wide('NAMESPACE', (p) => p.namespace),
    column('POD', (p) => p.pod),
    wide('NODE', (p) => p.node),
    column('ADDRESS', (p) => list(p.addresses)),
    column('LINES', (p) => p.lines),
    column('OUTBOUND', (p) => p.outbound),
    column('INBOUND', (p) => p.inbound),
    column('PAIRED', (p) => p.paired),
    wide('AMBIGUOUS', (p) => p.ambiguous),
    wide('NOT-EXPECTED', (p) => p.expected_unmatched),
    wide('PENDING', (p) => p.pending),
    column('UNEXPLAINED', (p) => p.unexplained),
    column('MISSING-HERE', (p) => `${p.peer_lines_missing}/${p.peer_lines}`),
    wide('FIRST-SEEN', (p) => p.first_seen),
    column('LAST-SEEN', (p) => p.last_seen),
    column('REMARKS', (p) => list(remarksOf(p))),
  ],
  csv: [
    ...['namespace', 'pod', 'workload', 'node', 'addresses', 'first_seen', 'last_seen'],
    ...['lines', 'outbound', 'inbound', 'unknown_direction'],
    ...['paired', 'ambiguous', 'expected_unmatched', 'pending', 'unexplained'],
    ...['peer_lines', 'peer_lines_missing', 'one_sided', 'silent_since', 'gaps', 'log_filtered'],
  ],
};

const PEERS: Pick<Columns<CoveragePeer>, 'table'> = {
  table: [
    column('ADDRESS', (p) => p.address),
    column('SERVICES', (p) => list(p.services)),
    column('LINES', (p) => p.lines),
    column('AS-SERVER', (p) => p.as_server),
    column('AS-CLIENT', (p) => p.as_client),
    column('SEEN-BY', (p) => seenBy(p)),
    wide('FIRST-SEEN', (p) => p.first_seen),
    column('LAST-SEEN', (p) => p.last_seen),
    wide('COMMAND', (p) => p.command),
  ],
};

/** What is wrong with a log, in single words. */
export function remarksOf(pod: CoveragePod): string[] {
  return [
    ...(pod.silent_since === null ? [] : ['silent']),
    ...(pod.gaps.length === 0 ? [] : ['gaps']),
    ...(pod.log_filtered ? ['filtered'] : []),
    ...(pod.one_sided === null ? [] : [`${pod.one_sided}-only`]),
  ];
}

export function podCells(pods: readonly CoveragePod[], form: 'table' | 'wide'): Cells {
  return tableCells(PODS, pods, form);
}

export function peerCells(peers: readonly CoveragePeer[], form: 'table' | 'wide'): Cells {
  return tableCells(PEERS, peers, form);
}

/** CSV of coverage is its pods: the heading row. */
export function podCsvHeader(): string {
  return csvHeading(PODS);
}

/** One pod as CSV. */
export function podCsvRow(pod: CoveragePod): string {
  return csvCells(PODS, pod);
}

/** One pod without objects in it. */
export function flatPod(pod: CoveragePod): FlatRow {
  return flatCells(PODS, pod);
}

function seenBy({ seen_by, seen_by_total }: CoveragePeer): string | null {
  const [first] = seen_by;
  if (first === undefined) return null;
  const name = first.pod ?? first.workload ?? '<none>';
  return seen_by_total === 1 ? name : `${name} and ${seen_by_total - 1} more`;
}
