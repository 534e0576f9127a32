/** Simulated meshes to ask every endpoint about: a few, or with LONG_TESTS many and larger ones. */
import type { FastifyInstance } from 'fastify';
import t, { type Test } from 'tap';
import type { GivenOptions } from '../../bench/simulator/options.ts';
import { createApp } from './app.ts';
import { type MeshTruth, simulateMesh } from './mesh-truth.ts';

const LONG = process.env.LONG_TESTS !== undefined;
/** Random filters for each endpoint and mesh, and items on a page. */
export const QUESTIONS = LONG ? 20 : 8;
export const PAGE_ITEMS = LONG ? 450 : 210;

const FORMATS = ['istio-1.3', 'istio-1.9', 'istio-json'] as const;
const SCENARIOS = [
  ...(['failing_capture', 'silent_capture', 'recovery', 'service_removed', 'quiet'] as const),
  'registry_only' as const,
];

const CHOSEN: readonly GivenOptions[] = Array.from({ length: LONG ? 18 : 2 }, (_, index) => ({
  scenario: SCENARIOS[index % SCENARIOS.length] ?? 'quiet',
  format: FORMATS[(index + 1 + Math.floor(index / SCENARIOS.length)) % FORMATS.length] ?? 'istio-1.9',
  seed: 21 + index,
  lines: LONG ? 2_500 : 1_000,
  linesPerSecond: 0.5,
  lossRate: index % 2 === 0 ? 0 : 0.01,
}));

/** A pod with a new address that only requests show: what blocked it is told by that address. */
const KEPT: GivenOptions = {
  ...{ scenario: 'registry_only', format: 'istio-1.9', seed: 24 },
  ...{ lines: 2_500, linesPerSecond: 0.5, lossRate: 0.01 },
};

const MESHES = [...CHOSEN, KEPT];

/** Each of them as a test of its own, in an app that holds its lines. */
export function inMeshes(
  what: string,
  check: (t: Test, app: FastifyInstance, mesh: MeshTruth) => Promise<void>,
): void {
  for (const options of MESHES) {
    t.test(`${what}: ${options.scenario}, ${options.format}, seed ${options.seed}`, async (t) => {
      const mesh = simulateMesh(options);
      const { app } = await createApp(t, { lines: mesh.text });
      await check(t, app, mesh);
    });
  }
}
