/** Schedules of reports, and how they are. */
import { toScheduleItem } from '../../domain/report-items.ts';
import type { AppDeps } from '../deps.ts';
import { ProblemSchema } from '../schemas/common.ts';
import { SchedulesSchema } from '../schemas/reports.ts';
import type { TypedApp } from '../typed-app.ts';

export function schedulesRoute(app: TypedApp, { office, timeouts }: AppDeps): void {
  app.get('/api/v1/schedules', {
    config: { access: 'read' },
    handlerTimeout: timeouts.handler,
    schema: {
      operationId: 'listSchedules',
      tags: ['reports'],
      summary: 'Reports of the configuration: when they are made next, and what became of the last ones',
      response: { 200: SchedulesSchema, default: ProblemSchema },
    },
    handler: async (_request, reply) => {
      const items = (await office.schedules()).map(toScheduleItem);
      return reply.type('application/json').send({ items, next_cursor: null });
    },
  });
}
