/** Coverage as JSON. A test holds it against the type of `domain/coverage.ts`. */
import { Type } from 'typebox';
import { NOTE_SUBJECTS } from '../../domain/coverage.ts';
import { Count, Nullable, OneOf, Text, Time } from './common.ts';
import { SourceSchema } from './resources.ts';

const Rate = (description: string) =>
  Nullable(Type.Number({ minimum: 0, maximum: 1 }), `${description}; null when there is none`);

const verdicts = {
  paired: Count('Lines with a partner'),
  ambiguous: Count('Lines with several possible partners'),
  expected_unmatched: Count('Lines that can have no partner among those that were read'),
  pending: Count('Lines whose partner may still come'),
  unexplained: Count('Lines whose partner should be there and is not'),
};

const directions = {
  outbound: Count('Lines of clients'),
  inbound: Count('Lines of servers'),
  unknown_direction: Count('Lines that do not tell'),
};

export const CoveragePodSchema = Type.Object(
  {
    pod: Nullable(Type.String(), 'Null: no envelope names the pod; then its address tells the logs apart'),
    workload: Nullable(Type.String()),
    namespace: Nullable(Type.String()),
    node: Nullable(Type.String()),
    addresses: Type.Array(Type.String(), { description: 'Addresses that its lines show to be its own' }),
    first_seen: Nullable(Time('Start of its first line'), 'Null when it wrote none of the lines asked for'),
    last_seen: Nullable(Time('Start of its last line'), 'As first_seen'),
    lines: Count('Lines that it wrote'),
    ...directions,
    ...verdicts,
    peer_lines: Count('Lines of other pods whose other end belongs into this log'),
    peer_lines_missing: Count('Those of them without a partner'),
    one_sided: Nullable(
      OneOf(['outbound', 'inbound'] as const, 'The only direction it has lines of'),
      'Set when others show connections of the other direction',
    ),
    silent_since: Nullable(
      Time('End of its last line'),
      'Set when others show connections with it long after its last line',
    ),
    gaps: Type.Array(
      Type.Object({
        after: Nullable(Time('Last line before the gap'), 'Null: before its first line'),
        before: Time('First line after the gap'),
        peer_lines: Count('Lines of other pods in that time without a partner'),
      }),
      { description: 'Times without its lines in which others show connections with it' },
    ),
    log_filtered: Type.Boolean({ description: 'Whether most partners that others call for are missing' }),
  },
  { title: 'CoveragePod', description: 'One log' },
);

const PeerSchema = Type.Object(
  {
    address: Text('IP address of the pod'),
    services: Type.Array(Type.String(), { description: 'Services that it answers for' }),
    lines: Count('Lines that point at it'),
    as_server: Count('Those with it as the server'),
    as_client: Count('Those with it as the client'),
    seen_by: Type.Array(SourceSchema, { description: 'Pods that these lines are of, most lines first' }),
    seen_by_total: Count('How many pods these are'),
    first_seen: Time('Start of the first such line'),
    last_seen: Time('Start of the last one'),
    command: Text('A command that reads its log'),
  },
  { title: 'CoveragePeer' },
);

export const CoverageSchema = Type.Object(
  {
    first_seen: Nullable(Time('Start of the first line'), 'Null without lines'),
    last_seen: Nullable(Time('Start of the last line'), 'Null without lines'),
    lines: Type.Object({
      total: Count('All lines; of a connection that has several, the last'),
      ...directions,
      tcp: Count('One line a connection'),
      http: Count('One line a request'),
    }),
    pairing: Type.Object({
      joinable: Count('Lines that have a partner or should have one'),
      ...verdicts,
      paired_rate: Rate('Share of the joinable lines that are paired'),
      unexplained_rate: Rate('Share of the joinable lines that are unexplained'),
      reasons: Type.Array(Type.Object({ reason: Type.String(), lines: Count('Lines with this reason') }), {
        description: 'Why lines can have no partner; they add up to expected_unmatched',
      }),
    }),
    pods_total: Count('Logs in all; the list has at most `limit`'),
    pods: Type.Array(CoveragePodSchema, { description: 'Logs with something wrong first' }),
    peers_total: Count('Pods in all whose log was not read; the list has at most `limit`'),
    peers: Type.Array(PeerSchema, { description: 'Where most lines point, first' }),
    read_next: Type.Array(
      Type.Object({
        command: Type.String(),
        addresses: Count('Addresses that the command stands for'),
        lines: Count('Lines that point at them'),
      }),
      { description: 'What to read too, the most useful first' },
    ),
    rejected: Count('Lines that could not be read'),
    rejects: Type.Array(
      Type.Object({
        reason: Type.String(),
        pod: Nullable(Type.String()),
        namespace: Nullable(Type.String()),
        lines: Count('Lines refused for this reason'),
        sample: Text('One of them, cut'),
      }),
    ),
    notes: Type.Array(
      Type.Object({
        about: OneOf(NOTE_SUBJECTS, 'What the note is about'),
        text: Type.String(),
        lines: Nullable(
          Type.Integer({ minimum: 0 }),
          'Lines that it is about; null when they cannot be counted',
        ),
      }),
      { description: 'What no log tells, and what was judged with less than all' },
    ),
  },
  { title: 'Coverage', description: 'What could not be seen' },
);
