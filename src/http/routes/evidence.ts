/** All that proves one incident, as one document to keep. */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { AppError, quoted } from '../../domain/errors.ts';
import { EVIDENCE_AT_ONCE_MAX, EVIDENCE_LINES_MAX } from '../../domain/limits.ts';
import { evidencePieces } from '../../output/evidence.ts';
import type { AppDeps } from '../deps.ts';
import { ProblemSchema } from '../schemas/common.ts';
import { EvidenceSchema } from '../schemas/evidence.ts';
import type { TypedApp } from '../typed-app.ts';

const Params = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 200, description: 'Id of the incident' }),
});

export function evidenceRoute(app: TypedApp, { analysis, timeouts }: AppDeps): void {
  let atWork = 0;
  app.get('/api/v1/incidents/:id/evidence', {
    config: { access: 'read', problems: ['too_many_requests', 'timeout'] },
    handlerTimeout: timeouts.handler,
    schema: {
      operationId: 'getIncidentEvidence',
      tags: ['queries'],
      summary: 'All that proves an incident: its lines, pairs and timeline',
      description:
        'Lines are as the proxies wrote them, with who wrote them: those of the incident, and those of the same places ' +
        `before and after; at most ${EVIDENCE_LINES_MAX}, those nearest to the onset. \`meshwake analyze FILE\` reads the ` +
        'document and tells the same incident; `differences` says what these lines alone tell otherwise.',
      params: Params,
      response: { 200: EvidenceSchema, default: ProblemSchema },
    },
    handler: async (request, reply) => {
      if (atWork >= EVIDENCE_AT_ONCE_MAX) {
        throw new AppError(
          'too_many_requests',
          `cannot put more than ${EVIDENCE_AT_ONCE_MAX} documents of evidence together at once`,
        );
      }
      atWork++;
      const { id } = request.params;
      const evidence = await analysis.evidence(id).finally(() => {
        atWork--;
      });
      if (evidence === null)
        throw new AppError('not_found', `cannot find ${quoted(id)} among incidents: there is none`);
      // An id is letters and digits, but this one came from outside.
      const name = `evidence-${evidence.incident.id.replaceAll(/[^\w-]/g, '_')}.json`;
      reply.header('content-disposition', `attachment; filename="${name}"`);
      return reply.type('application/json').send(Readable.from(evidencePieces(evidence)));
    },
  });
}
