/** Whether the process lives, and whether it takes requests. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../../domain/errors.ts';
import { escapeLines } from '../../output/terminal.ts';
import type { AppDeps } from '../deps.ts';
import { ProblemSchema, Text } from '../schemas/common.ts';
import type { TypedApp } from '../typed-app.ts';

type Deps = Pick<AppDeps, 'isDraining' | 'condition' | 'office'>;

export function healthRoutes(app: TypedApp, deps: Deps): void {
  livenessRoute(app);
  readinessRoutes(app, deps);
}

const CONFIG = { access: 'open' as const };
const schema = (operationId: string, summary: string) => ({
  operationId,
  tags: ['health'],
  summary,
  produces: ['text/plain'],
  response: { 200: Text('ok'), default: ProblemSchema },
});

function livenessRoute(app: Pick<FastifyInstance, 'get'>): void {
  app.get('/livez', {
    config: CONFIG,
    schema: schema('isAlive', 'Whether the process lives'),
    handler: (_request, reply) => reply.type('text/plain').send('ok\n'),
  });
}

const Verbose = Type.Object(
  { verbose: Type.Optional(Type.String({ description: 'Name each check; without a value' })) },
  { additionalProperties: true },
);

function readinessRoutes(app: TypedApp, deps: Deps): void {
  // `/ready` is where Loki's senders look.
  for (const [path, operationId] of [
    ['/readyz', 'isReady'],
    ['/ready', 'isReadyForLoki'],
  ] as const) {
    app.get(path, {
      config: { ...CONFIG, problems: ['draining', 'disk_failed', 'disk_full'] },
      schema: {
        ...schema(
          operationId,
          'Whether lines are taken and questions answered; 503 when not, or once the process is about to stop',
        ),
        querystring: Verbose,
      },
      handler: (request, reply) => {
        const failed = firstFailure(deps);
        if (failed !== null) throw failed.error;
        const isVerbose = request.query.verbose !== undefined;
        const names = isVerbose
          ? CHECKS.map(({ name }) => `[+]${name} ok\n`).join('') + reportLine(deps)
          : '';
        return reply.type('text/plain').send(`${names}ok\n`);
      },
    });
  }
}

interface Check {
  readonly name: string;
  /** The error to answer with; null when all is well. */
  readonly run: (deps: Deps) => Error | null;
}

const CHECKS: readonly Check[] = [
  {
    name: 'draining',
    run: ({ isDraining }) =>
      isDraining()
        ? new AppError('draining', 'cannot take requests any more: the server is about to stop')
        : null,
  },
  { name: 'store', run: ({ condition }) => condition().failure },
  {
    name: 'disk',
    run: ({ condition }) => {
      const { isBelowFloor, freeBytes } = condition();
      return isBelowFloor
        ? new AppError(
            'disk_full',
            `cannot take lines: ${freeBytes} bytes are left on the disk of the database`,
          )
        : null;
    },
  },
];

/** Reports that cannot be made or delivered keep nobody from sending lines: they are told, and the answer stays 200. */
function reportLine({ office }: Deps): string {
  const problems = office.problems();
  return problems.length === 0 ? '[+]reports ok\n' : `[-]reports: ${escapeLines(problems.join('; '))}\n`;
}

function firstFailure(deps: Deps): { readonly error: Error } | null {
  for (const { run } of CHECKS) {
    const error = run(deps);
    if (error !== null) return { error };
  }
  return null;
}
