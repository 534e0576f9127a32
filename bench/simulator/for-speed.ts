import type { Scenario } from './options.ts';

/** Whether a scenario is for measuring speed: a plain mesh where nothing changes. */
export function isForSpeed(scenario: Scenario): boolean {
  return scenario === 'throughput' || scenario === 'http_throughput';
}
