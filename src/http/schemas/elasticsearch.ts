/** The answers to `_bulk`. */
import { Type } from 'typebox';
import { Count, OneOf, ProblemSchema, Text } from './common.ts';

const Item = Type.Object(
  {
    _index: Type.Optional(Text('As it was sent')),
    _id: Type.Optional(Text('As it was sent')),
    status: Type.Integer({ description: '201, or 400 for a document that is not to be sent again' }),
    result: Type.Optional(OneOf(['created'], 'What became of it; a duplicate too')),
    error: Type.Optional(Type.Object({ type: Text('The kind of error'), reason: Text('Why') })),
  },
  { title: 'BulkItem' },
);

export const BulkAnswerSchema = Type.Object(
  {
    took: Count('Ms'),
    errors: Type.Boolean({ description: 'Whether an item was refused' }),
    items: Type.Array(
      Type.Object(
        { create: Type.Optional(Item), index: Type.Optional(Item) },
        { description: 'By its action' },
      ),
    ),
  },
  {
    title: 'BulkAnswer',
    description: 'What became of each document; those with status 201 are durable',
  },
);

export const BulkErrorSchema = Type.Intersect(
  [
    ProblemSchema,
    Type.Object({ error: Type.Object({ type: Text('The kind of error'), reason: Text('Why') }) }),
  ],
  { title: 'BulkProblem', description: 'Problem document that clients of Elasticsearch understand as well' },
);
