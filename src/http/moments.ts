/** Answers that do not know of all that was stored before they were asked for say so. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Moment, withMoment } from '../answers/moment.ts';
import type { Behind } from '../domain/behind.ts';

/** A dictionary as RFC 9651 has it: `lines=51234, seconds=2.4`. */
export const BEHIND_HEADER = 'meshwake-behind';

const moments = new WeakMap<FastifyRequest, Moment>();

/** Notes of what moment the answers to each request are, and adds the header where that is not the newest. */
export function addMoments(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const moment: Moment = { version: null, behind: null };
    moments.set(request, moment);
    withMoment(moment, done);
  });
  app.addHook('onSend', async (request, reply) => {
    const behind = moments.get(request)?.behind ?? null;
    if (behind !== null && reply.statusCode === 200) reply.header(BEHIND_HEADER, behindText(behind));
  });
}

/** The earliest version that what was answered so far is of; null: nothing was asked, or nobody knows. */
export function versionOf(request: FastifyRequest): number | null {
  return moments.get(request)?.version ?? null;
}

function behindText({ lines, seconds }: Behind): string {
  return `lines=${lines}, seconds=${seconds.toFixed(1)}`;
}
