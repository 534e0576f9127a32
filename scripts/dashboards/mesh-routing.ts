/** The dashboard of a whole mesh: where traffic goes, what is wrong, whether Meshwake itself is well. */
import {
  ask,
  BAD_FROM_ONE,
  BY_STATE,
  CELL,
  choice,
  columns,
  dashboard,
  INFINITY,
  linked,
  measure,
  overTime,
  type Panel,
  SEVERITY_CELLS,
  STATE_CELLS,
  statPanel,
  tablePanel,
  textBox,
  timePanel,
} from './grafana.ts';

const OUTBOUND = ['direction', 'outbound'] as const;

const incidents = ask({
  path: 'incidents',
  parameters: [['limit', '1000']],
  columns: columns(
    ['severity', 'severity'],
    ['title', 'title'],
    ['diagnosis', 'diagnosis'],
    ['onset_before', 'since', 'timestamp'],
    ['ended_before', 'until', 'timestamp'],
    ['connections', 'connections', 'number'],
    ['failures', 'failures', 'number'],
    ['victims', 'victims'],
    ['id', 'id'],
  ),
});

const shifts = ask({
  path: 'shifts',
  parameters: [['limit', '1000']],
  columns: columns(
    ['first_after', 'time', 'timestamp'],
    ['source_workload', 'source'],
    ['destination_address', 'destination'],
    ['destination_owner', 'service'],
    ['from_state', 'from'],
    ['to_state', 'to'],
    ['to_upstream_cluster', 'cluster'],
    ['after_failures', 'failures after', 'number'],
    ['evidence', 'evidence'],
    ['incident_id', 'incident'],
  ),
});

const coverage = ask({
  path: 'coverage',
  parameters: [['limit', '1000']],
  columns: columns(
    ['namespace', 'namespace'],
    ['pod', 'pod'],
    ['lines', 'lines', 'number'],
    ['paired', 'paired', 'number'],
    ['unexplained', 'unexplained', 'number'],
    ['peer_lines_missing', 'missing here', 'number'],
    ['one_sided', 'one-sided'],
    ['silent_since', 'silent since', 'timestamp'],
  ),
});

const graph: Panel = {
  type: 'nodeGraph',
  title: 'Who calls whom',
  description:
    'Workloads, what they dial, the clusters it is sent to, who gets it. The red part of a ring failed.',
  datasource: INFINITY,
  width: 24,
  height: 16,
  targets: [
    ask({
      path: 'graph/nodes',
      format: 'node-graph-nodes',
      refId: 'nodes',
      columns: columns(
        ['id', 'id'],
        ['title', 'title'],
        ['subTitle', 'subTitle'],
        ['mainStat', 'mainStat', 'number'],
        ['secondaryStat', 'secondaryStat'],
        ['arc__ok', 'arc__ok', 'number'],
        ['arc__failed', 'arc__failed', 'number'],
        ['detail__kind', 'detail__kind'],
        ['detail__port', 'detail__port', 'number'],
      ),
    }),
    ask({
      path: 'graph/edges',
      format: 'node-graph-edges',
      refId: 'edges',
      columns: columns(
        ['id', 'id'],
        ['source', 'source'],
        ['target', 'target'],
        ['mainStat', 'mainStat', 'number'],
        ['secondaryStat', 'secondaryStat'],
        ['detail__state', 'detail__state'],
        ['detail__failures', 'detail__failures', 'number'],
      ),
    }),
  ],
  options: {
    nodes: {
      mainStatUnit: 'short',
      arcs: [
        { field: 'arc__ok', color: 'green' },
        { field: 'arc__failed', color: 'red' },
      ],
    },
    edges: { mainStatUnit: 'short' },
  },
};

export function meshRouting(): object {
  return dashboard(
    'meshwake-routing',
    'Mesh routing',
    [
      choice('step', 'Step', ['5m', '1m', '15m', '1h']),
      textBox('meshwake', 'Meshwake', 'http://127.0.0.1:8710'),
    ],
    [
      statPanel('Incidents', 'With a connection in this time', incidents, 'count', BAD_FROM_ONE),
      statPanel(
        'Captured connections',
        'That somebody else’s listener took',
        overTime('connections', null, [['state', 'captured']]),
        'sum',
        BAD_FROM_ONE,
      ),
      statPanel(
        'Lines a second',
        'That came in and are stored',
        measure('sum(rate(meshwake_lines_accepted_total[5m]))', 'lines'),
        'lastNotNull',
      ),
      statPanel(
        'Lines that could not be read',
        'In the last hour',
        measure('sum(increase(meshwake_lines_rejected_total[1h])) or vector(0)', 'lines'),
        'lastNotNull',
        BAD_FROM_ONE,
      ),
      tablePanel('Incidents', 'The worst first; the id leads to the proof and to what mends it', incidents, {
        overrides: [SEVERITY_CELLS, linked('id', `incidents/${CELL}`, 'Proof and remedies')],
      }),
      timePanel(
        'Connections by state',
        'Of clients, by what became of them',
        [overTime('connections', 'state', [OUTBOUND])],
        { overrides: BY_STATE },
      ),
      timePanel('Failures by state', 'Of clients', [overTime('failures', 'state', [OUTBOUND])], {
        overrides: BY_STATE,
      }),
      tablePanel('Changes of routing', 'Newest first', shifts, {
        overrides: [
          linked('incident', `incidents/${CELL}`, 'Incident'),
          linked('destination', `destinations/${CELL}`, 'Destination'),
        ],
      }),
      graph,
      timePanel('Failures by flag', 'Envoy’s response flags', [
        overTime('failures', 'response_flag', [OUTBOUND]),
      ]),
      timePanel(
        'Durations',
        'Of connections of clients, at most 6.25 % off',
        [
          overTime('duration_p50', null, [OUTBOUND], 'A'),
          overTime('duration_p95', null, [OUTBOUND], 'B'),
          overTime('duration_p99', null, [OUTBOUND], 'C'),
        ],
        { unit: 'ms', stacked: false },
      ),
      tablePanel('What could not be seen', 'Logs with something wrong first', coverage, {
        overrides: [STATE_CELLS],
      }),
      timePanel(
        'Lines by outcome',
        'A second',
        [
          measure('sum(rate(meshwake_lines_accepted_total[5m]))', 'accepted', 'A'),
          measure('sum(rate(meshwake_lines_duplicates_total[5m]))', 'duplicates', 'B'),
          measure('sum(rate(meshwake_lines_skipped_total[5m]))', 'skipped', 'C'),
          measure('sum by (reason) (rate(meshwake_lines_rejected_total[5m]))', 'rejected: {{reason}}', 'D'),
        ],
        { width: 8 },
      ),
      timePanel(
        'Answers, 99 of 100 within',
        'By route',
        [
          measure(
            'histogram_quantile(0.99, sum by (le, route) (rate(meshwake_http_request_duration_seconds_bucket[5m])))',
            '{{route}}',
          ),
        ],
        { unit: 's', stacked: false, width: 8 },
      ),
      timePanel(
        'Disk',
        'Of the database, and what is free',
        [
          measure('meshwake_database_bytes', 'database', 'A'),
          measure('meshwake_disk_free_bytes', 'free', 'B'),
        ],
        { unit: 'bytes', stacked: false, width: 8 },
      ),
    ],
  );
}
