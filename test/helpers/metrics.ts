/** Reads what Prometheus would read. */
import type { FastifyInstance } from 'fastify';

/** Values by name and labels, as they are written. */
export async function metricsOf(app: FastifyInstance): Promise<ReadonlyMap<string, number>> {
  return parseMetrics((await app.inject('/metrics')).body);
}

export function parseMetrics(text: string): ReadonlyMap<string, number> {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

const OUTCOMES = [
  'received',
  'accepted',
  'duplicates',
  'skipped',
  'rejected',
  'failed',
  'in_flight',
] as const;

/** What became of lines. */
export function linesIn(metrics: ReadonlyMap<string, number>): Record<(typeof OUTCOMES)[number], number> {
  const of = (outcome: string): number => {
    const name = outcome === 'in_flight' ? 'meshwake_lines_in_flight' : `meshwake_lines_${outcome}_total`;
    const values = [...metrics].filter(([sample]) => sample === name || sample.startsWith(`${name}{`));
    return values.reduce((sum, [, value]) => sum + value, 0);
  };
  // Every outcome is there, by the list of them.
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, of(outcome)])) as ReturnType<typeof linesIn>;
}
