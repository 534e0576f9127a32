/** Bodies that come in, for people and generated clients: they are read as streams, record by record. */
import { Type } from 'typebox';
import { Text } from './common.ts';

const Protobuf = (message: string) =>
  Type.String({ format: 'binary', description: `${message}, as protobuf has it` });

const AnyObject = Type.Record(Type.String(), Type.Unknown());

export const INGEST_BODIES = {
  'text/plain': Text('Lines in any known format and envelope, each ended by a newline'),
  'application/x-ndjson': Text('The same; objects are one a line'),
  'application/json': Type.Union([Type.Array(AnyObject), AnyObject], {
    description: 'Objects as collectors write them, in an array or one after another',
  }),
} as const;

export const LOKI_BODIES = {
  'application/json': Type.Object(
    {
      streams: Type.Array(
        Type.Object({
          stream: Type.Record(Type.String(), Type.String(), { description: 'Labels' }),
          values: Type.Array(Type.Array(Type.Unknown(), { minItems: 2, maxItems: 3 }), {
            description: 'Time in ns since the epoch as text, the line, and its structured metadata',
          }),
        }),
      ),
    },
    { title: 'LokiPush', description: 'What Loki takes' },
  ),
  'application/x-protobuf': Protobuf('logproto.PushRequest in a snappy block'),
} as const;

const Attributes = Type.Array(Type.Object({ key: Type.String(), value: AnyObject }));
const Scope = Type.Object({
  logRecords: Type.Array(
    Type.Object({
      timeUnixNano: Type.Optional(Text('Time in ns since the epoch')),
      body: Type.Optional(AnyObject),
      attributes: Type.Optional(Attributes),
    }),
  ),
});

export const OTLP_BODIES = {
  'application/x-protobuf': Protobuf('ExportLogsServiceRequest'),
  'application/json': Type.Object(
    {
      resourceLogs: Type.Array(
        Type.Object({
          resource: Type.Optional(Type.Object({ attributes: Type.Optional(Attributes) })),
          scopeLogs: Type.Array(Scope),
        }),
      ),
    },
    { title: 'ExportLogsServiceRequest', description: 'OTLP, in the JSON of protobuf' },
  ),
} as const;

/** `types`: the names under which `_bulk` takes one and the same. */
export function bulkBodies<T extends string>(types: readonly T[]): Readonly<Record<T, object>> {
  const body = Text('A line for the action, and a line with the document');
  // `fromEntries` forgets the names.
  return Object.fromEntries(types.map((type) => [type, body])) as Record<T, object>;
}
