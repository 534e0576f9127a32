/** Holds answers against the description of the API: is the status known there, the type, the shape of the body? */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Described {
  readonly content?: Readonly<Record<string, unknown>>;
}

export interface ApiDescription {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { operationId: string; responses: Record<string, Described> }>>>
  >;
}

export interface SeenAnswer {
  readonly method: string;
  /** With its query, or without. */
  readonly path: string;
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

export interface AnswerChecks {
  /** Ids of all operations. */
  readonly operations: readonly string[];
  /** What is wrong with an answer, and of which operation it was. */
  check(answer: SeenAnswer): { readonly operation: string | null; readonly fault: string | null };
}

const ROOT = 'api';

export function answerChecks(document: ApiDescription): AnswerChecks {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
  ajv.addSchema(document, ROOT);
  const compiled = new Map<string, ValidateFunction>();
  const validatorOf = (pointer: string): ValidateFunction => {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `${ROOT}#${pointer}` });
    compiled.set(pointer, known);
    return known;
  };
  return {
    operations: Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    ),
    check({ method, path, status, type, body }) {
      const found = findOperation(document, method, path);
      if (found === null) return { operation: null, fault: `${method} ${path} is not described` };
      const { template, operation } = found;
      const fail = (fault: string) => ({
        operation: operation.operationId,
        fault: `${method} ${path} ${status}: ${fault}`,
      });
      const answer = operation.responses[status];
      if (answer === undefined) return fail('the status is not described');
      if (answer.content === undefined) {
        return body === '' ? { operation: operation.operationId, fault: null } : fail('has a body');
      }
      const media = type?.split(';', 1)[0] ?? '';
      if (!(media in answer.content)) return fail(`the type ${type} is not described`);
      if (!media.endsWith('json')) return { operation: operation.operationId, fault: null };
      const steps = ['paths', template, method.toLowerCase(), 'responses', String(status), 'content', media];
      const validate = validatorOf(`/${[...steps, 'schema'].map(escapePointer).join('/')}`);
      return validate(JSON.parse(body))
        ? { operation: operation.operationId, fault: null }
        : fail(ajv.errorsText(validate.errors));
    },
  };
}

const escapePointer = (step: string): string =>
  encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));

function findOperation({ paths }: ApiDescription, method: string, path: string) {
  const [given = ''] = path.split('?', 1);
  const templates = Object.keys(paths).filter((template) => {
    const pattern = template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '[^/]+');
    return new RegExp(`^${pattern}$`).test(given);
  });
  // One that is written out goes before one with parameters.
  const template = templates.sort((a, b) => a.split('{').length - b.split('{').length)[0];
  const operation = template === undefined ? undefined : paths[template]?.[method.toLowerCase()];
  return template === undefined || operation === undefined ? null : { template, operation };
}
