/** The document of a report as JSON. A test holds it against the type of `domain/report.ts`. */
import { Type } from 'typebox';
import { DESTINATION_KINDS } from '../../domain/report.ts';
import { SEVERITIES, STATES } from '../../domain/resources.ts';
import { AnomalySchema, JudgedSchema } from './anomalies.ts';
import { Count, Nullable, OneOf, Text, Time } from './common.ts';
import { CoverageSchema } from './coverage.ts';
import { IncidentSchema } from './resources.ts';

export const ReportFiltersSchema = Type.Record(Type.String(), Type.Array(Type.String()), {
  description: 'Filters that it is narrowed to, each with its values',
});

const CallerSchema = Type.Object(
  {
    workload: Nullable(Type.String(), 'Its address where no envelope names the pod'),
    namespace: Nullable(Type.String()),
  },
  { title: 'Caller', description: 'A workload that opens connections' },
);

const callers = {
  callers_total: Count('How many workloads call it'),
  callers: Type.Array(CallerSchema, { description: 'Those with the most connections first' }),
};

const target = {
  destination: Text('Workload of the pods, host of the service, or address: the first that is known'),
  port: Type.Integer({ description: 'Port that the client dialled' }),
};

const RouteShareSchema = Type.Object(
  {
    state: OneOf(STATES, 'How it was routed'),
    upstream_cluster: Nullable(Type.String()),
    connections: Count('Connections that went this way'),
    failures: Count('Those of them that failed'),
    first_seen: Time('Start of the first'),
    last_seen: Time('Start of the last'),
  },
  { title: 'RouteShare', description: 'Where calls went, in a stretch of time' },
);

const calls = {
  target: Type.Object(target, { description: 'Many addresses without a name are `addresses outside`' }),
  ...callers,
};

const RoutedCallsSchema = Type.Object(
  { ...calls, routes: Type.Array(RouteShareSchema, { description: 'The one seen last first' }) },
  { title: 'RoutedCalls', description: 'Calls of one destination' },
);

const MovedCallsSchema = Type.Object(
  {
    ...calls,
    before: Type.Array(RouteShareSchema),
    after: Type.Array(RouteShareSchema, { description: 'At least one of these was not taken before' }),
  },
  { title: 'MovedCalls', description: 'Calls that take another way' },
);

const RoutingSchema = Type.Object(
  {
    since: Time('What is compared is before and after it'),
    compared_with: Nullable(Time('Begin of the time before'), 'Null: too little is known of it'),
    added_total: Count('Calls that were never made before'),
    added: Type.Array(RoutedCallsSchema),
    removed_total: Count('Calls that are not made any more'),
    removed: Type.Array(RoutedCallsSchema),
    moved_total: Count('Calls that take another way'),
    moved: Type.Array(MovedCallsSchema),
  },
  { title: 'RoutingDiff', description: 'What is called, and by which ways, against the time before' },
);

const RadarPortSchema = Type.Object(
  {
    port: target.port,
    connections: Count('Connections that pass through unnamed'),
    failures: Count('Those of them that failed'),
    bytes: Count('Bytes of both directions'),
    destinations_total: Count('How many they go to'),
    destinations: Type.Array(
      Type.Object({
        destination: target.destination,
        in_mesh: Type.Boolean({ description: 'Whether it is a pod or a service of the mesh' }),
        connections: Count('Connections to it'),
      }),
      { description: 'Those of the mesh first' },
    ),
    callers_total: callers.callers_total,
    callers: Type.Array(
      Type.Intersect([CallerSchema, Type.Object({ connections: Count('Connections of it') })]),
    ),
    services: Type.Array(Type.String(), { description: 'Services that are called by name on this port' }),
    captured_by: Type.Array(Type.String(), {
      description: 'Clusters that take connections of this port from their destinations already',
    }),
  },
  { title: 'RadarPort', description: 'A port that one catch-all listener would take' },
);

const UncoveredServerSchema = Type.Object(
  {
    workload: Nullable(Type.String()),
    namespace: Nullable(Type.String()),
    port: Type.Integer({ description: 'Port that it listens on' }),
    lines: Count('Connections that it logged'),
    with_mtls: Count('Those of them with mutual TLS of the mesh'),
    clients_total: Count('How many come without it'),
    clients: Type.Array(
      Type.Object({
        client: Text('Workload of the mesh, or an address that is no known pod’s'),
        in_mesh: Type.Boolean({ description: 'Whether it is a workload of the mesh' }),
        lines: Count('Connections of it without mutual TLS'),
      }),
    ),
  },
  { title: 'UncoveredServer', description: 'A server that STRICT would make refuse somebody' },
);

const BlockedDestinationSchema = Type.Object(
  {
    ...target,
    kind: OneOf(DESTINATION_KINDS, 'What it is'),
    server_name: Nullable(Type.String(), 'Name that clients ask for in TLS; null: none, or several'),
    addresses_total: Count('How many addresses it has'),
    addresses: Type.Array(Type.String()),
    lines: Count('Lines that would be blocked'),
    ...callers,
    remedy: Text('What lets it through'),
    yaml: Nullable(Type.String(), 'The object that does so; null: it takes more than one'),
  },
  { title: 'BlockedDestination', description: 'What REGISTRY_ONLY would block' },
);

const counts = {
  connections: Count('Outbound TCP connections'),
  failures: Count('Those of them that failed'),
  pods: Count('Pods that logged them'),
  lines: Count('Lines of every kind'),
  incidents_opened: Count('Incidents that began in the window'),
  incidents_ongoing: Count('Incidents that began before it and go on'),
  incidents_closed: Count('Incidents that ended in it'),
  incidents_passed: Count('Incidents that began and ended in it; they count as opened and as closed, too'),
  anomalies: Count('Anomalies'),
  routes_added: Count('Calls that are new'),
  routes_removed: Count('Calls that are made no more'),
  routes_moved: Count('Calls that take another way'),
};

export const ReportSchema = Type.Object(
  {
    window: Type.Object({
      since: Time('Begin of the window'),
      until: Time('Its end, exclusive'),
      counted_since: Time('The same by whole hours: what was counted'),
      counted_until: Time('The same'),
      oldest_line: Nullable(Time('Start of the oldest line of all'), 'Null without lines'),
      newest_line: Nullable(Time('Start of the newest'), 'Null without lines'),
    }),
    filters: ReportFiltersSchema,
    headline: Text('What it says, in a sentence or two'),
    severity: Nullable(OneOf(SEVERITIES, 'Of its worst incident'), 'Null without any'),
    counts: Type.Object(counts),
    incidents: Type.Object(
      {
        opened: Type.Array(IncidentSchema, { description: 'Began in the window, and are open at its end' }),
        ongoing: Type.Array(IncidentSchema),
        closed: Type.Array(IncidentSchema, { description: 'Ended in it, whenever they began' }),
      },
      { description: 'Each in one list, the worst first' },
    ),
    anomalies: Type.Object({
      judged: JudgedSchema,
      total: Count('How many there are'),
      items: Type.Array(AnomalySchema, { description: 'The most unusual first' }),
    }),
    routing: RoutingSchema,
    collision_radar: Type.Object(
      {
        connections: Count('Connections that pass through unnamed'),
        ports_total: Count('How many ports they dial'),
        ports: Type.Array(RadarPortSchema),
      },
      { description: 'Ports that one catch-all listener would take' },
    ),
    mtls: Type.Object({
      lines: Count('Connections that servers logged'),
      with_mtls: Count('Those of them with mutual TLS of the mesh'),
      rate: Nullable(Type.Number({ minimum: 0, maximum: 1 }), 'Their share; null without lines'),
      servers_total: Count('Servers'),
      uncovered_total: Count('Those of them that somebody calls without it'),
      uncovered: Type.Array(UncoveredServerSchema),
    }),
    registry_only: Type.Object({
      lines: Count('Outbound lines, requests too'),
      blocked_lines: Count('Those of them that REGISTRY_ONLY would block'),
      blackholed_lines: Count('Lines that are blocked already'),
      destinations_total: Count('How many destinations it would block'),
      destinations: Type.Array(BlockedDestinationSchema),
    }),
    coverage: CoverageSchema,
  },
  { title: 'Report', description: 'What happened in a window; each list is cut, with its total beside it' },
);
