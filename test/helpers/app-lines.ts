/** What an app holds, for tests of the ways in. */
import type { FastifyInstance } from 'fastify';

export interface HeldLine {
  readonly pod: string | null;
  readonly namespace: string | null;
  readonly container: string | null;
  readonly node: string | null;
  readonly format: string;
  readonly envelope: string;
  readonly [field: string]: unknown;
}

/** All connections that the app holds, oldest first. */
export async function linesOf(app: FastifyInstance): Promise<HeldLine[]> {
  const response = await app.inject('/api/v1/connections?limit=10000');
  return (response.json() as { items: HeldLine[] }).items.reverse();
}

/** Why lines were refused, and how many, as coverage tells it. */
export async function rejectsOf(
  app: FastifyInstance,
): Promise<{ reason: string; pod: string | null; lines: number }[]> {
  const { rejects } = (await app.inject('/api/v1/coverage')).json() as {
    rejects: { reason: string; pod: string | null; lines: number }[];
  };
  return rejects.map(({ reason, pod, lines }) => ({ reason, pod, lines }));
}
