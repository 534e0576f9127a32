/** The answers to OTLP, in JSON; in protobuf they say the same. */
import { Type } from 'typebox';
import { Text } from './common.ts';

export const OtlpAnswerSchema = Type.Object(
  {
    partialSuccess: Type.Optional(
      Type.Object(
        {
          rejectedLogRecords: Text('How many records could not be read'),
          errorMessage: Text('Why'),
        },
        { description: 'There when some records could not be read; they are not to be sent again' },
      ),
    ),
  },
  {
    title: 'ExportLogsServiceResponse',
    description: 'ExportLogsServiceResponse; all that could be read is durable',
  },
);

export const OtlpStatusSchema = Type.Object(
  { code: Type.Integer({ description: 'Code of gRPC' }), message: Text('What is wrong, and what to do') },
  { title: 'RpcStatus', description: 'google.rpc.Status' },
);
