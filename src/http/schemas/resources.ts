/** The public resources as JSON. A test holds them against the types of `domain/resources.ts`. */

import { type TSchema, Type } from 'typebox';
import { FIELDS } from '../../domain/fields.ts';
import { PAIR_KINDS, PAIR_REMARKS, SEVERITIES, STATES, VERDICTS } from '../../domain/resources.ts';
import { AnomalySchema } from './anomalies.ts';
import { Count, Nullable, OneOf, Text, Time } from './common.ts';

const about = (name: string): string => FIELDS.find((field) => field.name === name)?.description ?? '';
const text = (name: string) => Nullable(Type.String(), about(name));
const number = (name: string) => Nullable(Type.Integer({ minimum: 0 }), about(name));

export const PairingSchema = Type.Object(
  {
    verdict: OneOf(VERDICTS, 'Whether the other end was found'),
    kind: Nullable(OneOf(PAIR_KINDS, 'What the two ends were matched by')),
    reason: Nullable(Type.String(), 'Why there is no partner, or which of several'),
    peer_id: Nullable(Type.String(), 'The line of the other end'),
    score: Nullable(Type.Number(), 'How well the two fit; more is better'),
  },
  { title: 'Pairing', description: about('pairing') },
);

const HopSchema = Type.Object(
  {
    id: Text('Id of the line'),
    pod: Nullable(Type.String()),
    workload: Nullable(Type.String()),
    namespace: Nullable(Type.String()),
    direction: OneOf(['outbound', 'inbound', 'unknown'] as const, about('direction')),
    upstream_cluster: Nullable(Type.String()),
    downstream_local_address: Nullable(Type.String()),
    kind: Nullable(OneOf(PAIR_KINDS, 'How the line is tied to the hop before it'), 'Null on the first'),
  },
  { title: 'Hop' },
);

export const ConnectionSchema = Type.Object(
  {
    id: Text(about('id')),
    pod: text('pod'),
    namespace: text('namespace'),
    container: text('container'),
    node: text('node'),
    workload: text('workload'),
    direction: OneOf(['outbound', 'inbound', 'unknown'] as const, about('direction')),
    kind: OneOf(['tcp', 'http'] as const, about('kind')),
    format: Text(about('format')),
    envelope: Text(about('envelope')),
    start_time: Time(about('start_time')),
    end_time: Nullable(Time(about('end_time'))),
    method: text('method'),
    path: text('path'),
    protocol: text('protocol'),
    response_code: number('response_code'),
    response_flags: Type.Array(Type.String(), { description: about('response_flags') }),
    response_code_details: text('response_code_details'),
    connection_termination_details: text('connection_termination_details'),
    upstream_transport_failure_reason: text('upstream_transport_failure_reason'),
    bytes_received: number('bytes_received'),
    bytes_sent: number('bytes_sent'),
    duration: number('duration'),
    upstream_service_time: number('upstream_service_time'),
    x_forwarded_for: text('x_forwarded_for'),
    user_agent: text('user_agent'),
    request_id: text('request_id'),
    authority: text('authority'),
    upstream_host: text('upstream_host'),
    upstream_cluster: text('upstream_cluster'),
    upstream_local_address: text('upstream_local_address'),
    downstream_local_address: text('downstream_local_address'),
    downstream_remote_address: text('downstream_remote_address'),
    requested_server_name: text('requested_server_name'),
    route_name: text('route_name'),
    attributes: Nullable(Type.Record(Type.String(), Type.String()), about('attributes')),
    state: Nullable(OneOf(STATES, about('state'))),
    pairing: PairingSchema,
    hops: Nullable(Type.Array(HopSchema), about('hops')),
  },
  { title: 'Connection', description: 'One access-log line' },
);

const CLOSED_BY = ['client_app', 'client_proxy', 'network', 'server_proxy', 'server_app', 'unknown'] as const;

export const PairSchema = Type.Object(
  {
    id: Text('Id of the pair: that of its outbound line'),
    outbound: ConnectionSchema,
    inbound: ConnectionSchema,
    kind: OneOf(PAIR_KINDS, 'What the two ends were matched by'),
    score: Type.Number({ description: 'How well the two fit; more is better' }),
    start_skew_ms: Type.Number({
      description: 'Start of the inbound line minus start of the outbound one, ms',
    }),
    end_skew_ms: Nullable(Type.Number(), 'The same of the ends; null when a line has no duration'),
    mtls: Type.Boolean({ description: 'Whether the proxies spoke mutual TLS' }),
    self: Type.Boolean({ description: 'Whether a pod called itself' }),
    closed_by: OneOf(CLOSED_BY, 'Who ended the connection, as far as the two lines tell'),
    previous_pair_id: Nullable(Type.String(), 'The pair of the hop before, where a gateway called'),
    next_pair_id: Nullable(Type.String(), 'The pair of the hop after, where a gateway was called'),
    remarks: Type.Array(OneOf(PAIR_REMARKS, 'What is odd about the pair'), {
      description:
        'end_mismatch: one side noticed the end much later. sni_conflict: the server was asked for another service. ' +
        'clocks_apart: the clocks of both nodes differ',
    }),
  },
  { title: 'Pair', description: 'Both ends of one connection' },
);

export const SourceSchema = Type.Object(
  {
    pod: Nullable(Type.String()),
    workload: Nullable(Type.String()),
    namespace: Nullable(Type.String()),
    ip: Nullable(Type.String(), 'Address that it called from, where no envelope names its pod'),
  },
  { title: 'Source' },
);

export const DestinationSchema = Type.Object(
  {
    address: Text('ip:port that the client dialled'),
    ip: Type.String(),
    port: Type.Integer({ minimum: 0, maximum: 65_535 }),
    pod: Nullable(Type.String()),
    workload: Nullable(Type.String()),
    owner: Nullable(Type.String(), 'Service that answers at the address, where the lines tell'),
  },
  { title: 'Destination' },
);

const state = OneOf(STATES, about('state'));

export const RouteSchema = Type.Object(
  {
    id: Type.String(),
    source: SourceSchema,
    destination: DestinationSchema,
    state,
    upstream_cluster: Nullable(Type.String()),
    upstream_hosts: Type.Array(Type.String()),
    first_seen: Time('Start of the first connection of the run'),
    last_seen: Time('Start of the last one'),
    connections: Count('Connections of the run'),
    failures: Count('Those that failed'),
    bytes: Count('Bytes in both directions'),
  },
  { title: 'Route', description: 'One run of unchanged routing for one source and destination' },
);

const RoutingSchema = Type.Object(
  {
    state,
    upstream_cluster: Nullable(Type.String()),
    upstream_hosts: Type.Array(Type.String()),
  },
  { title: 'Routing' },
);

export const ShiftSchema = Type.Object(
  {
    id: Type.String(),
    kind: Text('`<state>_to_<state>`'),
    source: SourceSchema,
    destination: DestinationSchema,
    from: RoutingSchema,
    to: RoutingSchema,
    last_before: Time('Start of the last connection before'),
    first_after: Time('Start of the first connection after'),
    before: Type.Object({ connections: Count('Connections before'), failures: Count('Those that failed') }),
    after: Type.Object({
      connections: Count('Connections after'),
      failures: Count('Those that failed'),
      bytes: Count('Bytes in both directions'),
    }),
    evidence: OneOf(['g1', 'g2', 'g3', 'g4', 'g5'] as const, 'Grade of the evidence'),
    confidence: Type.Number({ minimum: 0, maximum: 1, description: 'How sure the shift is' }),
    confirmed: Type.Boolean({ description: 'Whether a second connection shows the same' }),
    misdelivered: Type.Boolean({ description: 'Whether another service answered' }),
    incident_id: Nullable(Type.String(), 'Incident that the shift belongs to'),
  },
  { title: 'Shift', description: 'Two runs of routing, one after the other' },
);

const IntervalSchema = (description: string) =>
  Type.Object(
    {
      after: Nullable(
        Time('Last line in the old state'),
        'Last line in the old state; null when none was seen',
      ),
      before: Nullable(Time('First line in the new state'), 'First line in the new state'),
    },
    { description },
  );

export const IncidentSchema = Type.Object(
  {
    id: Type.String(),
    diagnosis: Text('Identifier of docs/diagnoses.md, for example catch_all_capture'),
    title: Type.String(),
    severity: OneOf(SEVERITIES, 'How bad it is'),
    confirmed: Type.Boolean({ description: 'Whether two connections or more show it' }),
    port: Nullable(Type.Integer({ minimum: 0, maximum: 65_535 })),
    upstream_cluster: Nullable(Type.String(), 'Cluster that took the traffic'),
    onset: IntervalSchema('When it began'),
    ended: Nullable(IntervalSchema('When it ended'), 'When it ended; null while it lasts'),
    sources: Type.Array(SourceSchema),
    destinations: Type.Array(
      Type.Object({
        address: Type.String(),
        pod: Nullable(Type.String()),
        workload: Nullable(Type.String()),
      }),
    ),
    victims: Type.Array(Type.String(), {
      description:
        'Workloads that did not get their traffic; where no line names a pod, the service that owns the address, else the address',
    }),
    shifts: Type.Array(Type.String(), { description: 'Ids of its shifts' }),
    connections: Count('Connections affected'),
    failures: Count('Those that failed'),
    misdelivered: Type.Boolean({ description: 'Whether another service answered' }),
    evidence: Type.Array(Type.String(), { description: 'The proof, in sentences' }),
    cause: Type.String(),
    remedies: Type.Array(
      Type.Object({
        title: Type.String(),
        resource: Text('Kind of the Kubernetes or Istio resource'),
        yaml: Nullable(Type.String()),
        caveat: Nullable(Type.String(), 'What the remedy costs, or where it does not hold'),
      }),
    ),
    verify: Type.Array(Type.String(), { description: 'Commands that show whether it is so' }),
    sample_lines: Type.Array(Type.String(), { description: 'Lines as the proxy wrote them' }),
  },
  { title: 'Incident', description: 'Shifts, or findings without one, that have one cause' },
);

const seen = { first_seen: Time('First seen'), last_seen: Time('Last seen') };

export const ExplanationSchema = Type.Object(
  {
    address: Text('ip:port, or the ip alone'),
    ip: Type.String(),
    port: Nullable(Type.Integer()),
    class: OneOf(['pod', 'service_vip', 'external', 'unknown'] as const, 'What the address is'),
    pods: Type.Array(
      Type.Object({
        pod: Type.String(),
        workload: Type.String(),
        namespace: Nullable(Type.String()),
        ...seen,
      }),
    ),
    owners: Type.Array(
      Type.Object({ service: Type.String(), port: Type.Integer(), evidence: Type.String(), ...seen }),
    ),
    routes: Type.Array(RouteSchema, { description: 'Runs of routing towards the address, newest last' }),
    clients: Type.Array(SourceSchema),
    diverted_here: Type.Array(RouteSchema, {
      description: 'Traffic of others that arrived here although it was meant for another address',
    }),
    shifts: Type.Array(ShiftSchema),
    incidents: Type.Array(IncidentSchema),
  },
  { title: 'Explanation', description: 'Who answers at an address, and where its traffic goes' },
);

export const TallySchema = Type.Object(
  {
    received: Count('Lines received: the sum of the next four'),
    accepted: Count('Lines stored'),
    duplicates: Count('Lines that were stored before'),
    skipped: Count("Lines that are no access log: the proxy's own messages"),
    rejected: Count('Lines that cannot be read'),
    rejects: Type.Array(
      Type.Object({
        line: Type.Integer({ description: 'Number of the line, from 1' }),
        reason: Type.String(),
        text: Text('The line, cut'),
      }),
      { description: 'The first rejected lines' },
    ),
  },
  { title: 'Tally', description: 'What became of the lines; everything counted is durable' },
);

/** Schema of each list's items, by the name in the path. */
export const RESOURCE_SCHEMAS = {
  connections: ConnectionSchema,
  pairs: PairSchema,
  routes: RouteSchema,
  shifts: ShiftSchema,
  incidents: IncidentSchema,
  anomalies: AnomalySchema,
} as const satisfies Record<string, TSchema>;
