/** The evidence of an incident as JSON. A test holds it against the type of `domain/evidence.ts`. */
import { Type } from 'typebox';
import { EVIDENCE_KIND, EVIDENCE_ROLES, EVIDENCE_VERSION } from '../../domain/evidence.ts';
import { STATES } from '../../domain/resources.ts';
import { Count, Nullable, OneOf, Text, Time } from './common.ts';
import { IncidentSchema, PairSchema, ShiftSchema } from './resources.ts';

const Direction = OneOf(['outbound', 'inbound', 'unknown'] as const, 'Side of the connection');
const State = Nullable(OneOf(STATES, 'Routing'), 'Routing; null on lines that are not outbound TCP');

const LineSchema = Type.Object(
  {
    id: Text('Id of the line among connections'),
    role: OneOf(
      EVIDENCE_ROLES,
      'affected: of the incident; the others are of the same places, begun before its onset or after',
    ),
    start_time: Time('When the connection began'),
    direction: Direction,
    state: State,
    pod: Nullable(Type.String()),
    namespace: Nullable(Type.String()),
    container: Nullable(Type.String()),
    node: Nullable(Type.String()),
    line: Text('The line as the proxy wrote it'),
  },
  { title: 'EvidenceLine' },
);

const { kind, score, start_skew_ms, end_skew_ms, mtls, self, closed_by, remarks } = PairSchema.properties;

export const EvidenceSchema = Type.Object(
  {
    kind: Type.Literal(EVIDENCE_KIND),
    version: Type.Literal(EVIDENCE_VERSION),
    incident: IncidentSchema,
    shifts: Type.Array(ShiftSchema),
    complete: Type.Boolean({ description: 'Whether these lines alone tell the same incident' }),
    differences: Type.Array(Type.String(), { description: 'What they tell otherwise, in sentences' }),
    lines_total: Count('Connections of the incident and its places'),
    lines_max: Count('Lines in a document at most'),
    timeline: Type.Object(
      {
        step_ms: Count('Length of a step, ms'),
        series: Type.Array(
          Type.Object({
            labels: Type.Object({ direction: Direction, state: State }),
            points: Type.Array(Type.Array(Type.Union([Type.String(), Type.Number()])), {
              description: 'Start of the step, connections that began in it, those of them that failed',
            }),
          }),
        ),
      },
      { description: 'Connections over time; steps without any are left out' },
    ),
    pairs: Type.Array(
      Type.Object({
        id: Text('Id among pairs'),
        outbound: Text("Id of the client's line"),
        inbound: Text("Id of the server's line"),
        ...{ kind, score, start_skew_ms, end_skew_ms, mtls, self, closed_by, remarks },
      }),
      { description: 'Pairs of which both lines are there' },
    ),
    lines: Type.Array(LineSchema, { description: 'Oldest first' }),
  },
  { title: 'Evidence', description: 'One incident with all that proves it' },
);
