/** The dashboard of one destination: who calls it, where that goes, since when, with what result. */
import {
  ask,
  BAD_FROM_ONE,
  BY_STATE,
  CELL,
  choice,
  columns,
  dashboard,
  found,
  linked,
  overTime,
  STATE_CELLS,
  statPanel,
  tablePanel,
  textBox,
  timePanel,
  variable,
} from './grafana.ts';

const TO = ['destination', variable('destination')] as const;
const FROM_CLIENTS = [TO, ['direction', 'outbound']] as const;

const destinations = ask({
  path: 'routes',
  parameters: [['limit', '10000']],
  columns: columns(['destination_address', 'destination']),
});

const routes = ask({
  path: 'routes',
  parameters: [TO, ['limit', '1000']],
  columns: columns(
    ['source_workload', 'source'],
    ['source_pod', 'pod'],
    ['state', 'state'],
    ['upstream_cluster', 'cluster'],
    ['upstream_hosts', 'sent to'],
    ['first_seen', 'first', 'timestamp'],
    ['last_seen', 'last', 'timestamp'],
    ['connections', 'connections', 'number'],
    ['failures', 'failures', 'number'],
    ['bytes', 'bytes', 'number'],
  ),
});

const shifts = ask({
  path: 'shifts',
  parameters: [TO, ['limit', '1000']],
  columns: columns(
    ['first_after', 'time', 'timestamp'],
    ['source_workload', 'source'],
    ['from_state', 'from'],
    ['from_upstream_cluster', 'cluster before'],
    ['to_state', 'to'],
    ['to_upstream_cluster', 'cluster after'],
    ['before_failures', 'failures before', 'number'],
    ['after_failures', 'failures after', 'number'],
    ['incident_id', 'incident'],
  ),
});

const pairs = ask({
  path: 'pairs',
  parameters: [TO, ['limit', '200']],
  columns: columns(
    ['outbound_start_time', 'time', 'timestamp'],
    ['outbound_pod', 'client'],
    ['inbound_pod', 'server'],
    ['outbound_upstream_cluster', 'cluster'],
    ['outbound_duration', 'duration, ms', 'number'],
    ['start_skew_ms', 'skew, ms', 'number'],
    ['closed_by', 'closed by'],
    ['id', 'id'],
  ),
});

const failed = ask({
  path: 'connections',
  parameters: [...FROM_CLIENTS, ['response_flag', 'U*'], ['limit', '200']],
  columns: columns(
    ['start_time', 'time', 'timestamp'],
    ['pod', 'client'],
    ['state', 'state'],
    ['upstream_cluster', 'cluster'],
    ['upstream_host', 'sent to'],
    ['response_flags', 'flags'],
    ['duration', 'duration, ms', 'number'],
    ['pairing_reason', 'other end'],
    ['id', 'id'],
  ),
});

export function destination(): object {
  return dashboard(
    'meshwake-destination',
    'One destination',
    [
      found('destination', 'Destination', destinations),
      choice('step', 'Step', ['5m', '1m', '15m', '1h']),
      textBox('meshwake', 'Meshwake', 'http://127.0.0.1:8710'),
    ],
    [
      statPanel(
        'Connections',
        'Of clients to this address',
        overTime('connections', null, FROM_CLIENTS),
        'sum',
      ),
      statPanel('Failures', 'Of these', overTime('failures', null, FROM_CLIENTS), 'sum', BAD_FROM_ONE),
      statPanel('Changes of routing', 'In this time', shifts, 'count', BAD_FROM_ONE),
      statPanel('Bytes sent', 'To clients', overTime('bytes_sent', null, FROM_CLIENTS), 'sum', {
        unit: 'bytes',
      }),
      timePanel('Where it goes', 'Connections by state', [overTime('connections', 'state', FROM_CLIENTS)], {
        overrides: BY_STATE,
      }),
      timePanel('By which cluster', 'Connections by Envoy’s cluster', [
        overTime('connections', 'upstream_cluster', FROM_CLIENTS),
      ]),
      tablePanel('Routes', 'Runs of unchanged routing, by client', routes, { overrides: [STATE_CELLS] }),
      tablePanel('Changes of routing', 'Newest first', shifts, {
        overrides: [linked('incident', `incidents/${CELL}`, 'Incident')],
      }),
      timePanel('Who calls', 'Connections by client', [overTime('connections', 'source', FROM_CLIENTS)]),
      timePanel('Failures by flag', 'Envoy’s response flags', [
        overTime('failures', 'response_flag', FROM_CLIENTS),
      ]),
      timePanel(
        'Durations',
        'At most 6.25 % off',
        [
          overTime('duration_p50', null, FROM_CLIENTS, 'A'),
          overTime('duration_p95', null, FROM_CLIENTS, 'B'),
          overTime('duration_p99', null, FROM_CLIENTS, 'C'),
        ],
        { unit: 'ms', stacked: false },
      ),
      timePanel('Bytes', 'Sent to clients', [overTime('bytes_sent', 'source', FROM_CLIENTS)], {
        unit: 'bytes',
      }),
      tablePanel('Failed connections', 'Newest first', failed, {
        overrides: [STATE_CELLS, linked('id', `connections/${CELL}`, 'The line, explained')],
      }),
      tablePanel('Pairs', 'Both ends of a connection, newest first', pairs, {
        overrides: [linked('id', `connections/${CELL}`, 'Both lines')],
      }),
    ],
  );
}
