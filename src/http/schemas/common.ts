/** Parts that the schemas share. Everything that is answered is described here, for validation and for OpenAPI. */
import { type TSchema, Type } from 'typebox';

/** A value, or null. */
export const Nullable = <T extends TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });

/** One of a closed set of texts. Not a union of literals: its type would be lost in the loop that makes it. */
export const OneOf = <T extends string>(values: readonly T[], description: string) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values], description });

export const Time = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2020-07-23T14:47:24.040Z'] });

export const Text = (description: string) => Type.String({ description });
export const Count = (description: string) => Type.Integer({ minimum: 0, description });

/** A page of a list; `title` names its items. */
export const PageOf = <T extends TSchema>(item: T, title: string, what: string) =>
  Type.Object(
    {
      items: Type.Array(item),
      next_cursor: Nullable(Type.String(), 'Give it as `cursor` for the next page; null on the last one'),
    },
    { title: `${title}Page`, description: `A page of ${what}, in a fixed order` },
  );

/** What goes wrong, told as RFC 9457 asks. */
export const ProblemSchema = Type.Object(
  {
    type: Text('Identifies the kind of problem'),
    title: Text('The kind of problem, for people'),
    status: Type.Integer({ description: 'HTTP status' }),
    detail: Text('What is wrong this time'),
    code: Text('Code of docs/errors.md'),
    remedy: Text('What to do about it'),
  },
  { title: 'Problem', description: 'Problem document (RFC 9457)' },
);
