/** Asks all conditions about all legs. */
import type { Finding } from '../findings.ts';
import { compareText, type Leg } from '../legs.ts';
import { bypass } from './bypass.ts';
import type { Condition, Surroundings } from './condition.ts';
import { connectionLimit } from './connection-limit.ts';
import { dnsUpstream } from './dns-upstream.ts';
import { encryption } from './encryption.ts';
import { gatewaySni } from './gateway-sni.ts';
import { idleLimit } from './idle-limit.ts';
import { findPairTimes } from './pair-times.ts';
import { retryStorm } from './retry-storm.ts';
import { scan } from './scan.ts';
import { selfCalls } from './self-calls.ts';
import { unanswered } from './unanswered.ts';
import { undeclaredPort } from './undeclared-port.ts';

const CONDITIONS: readonly Condition[] = [
  encryption,
  undeclaredPort,
  dnsUpstream,
  gatewaySni,
  connectionLimit,
  scan,
  retryStorm,
  unanswered,
  bypass,
  selfCalls,
  idleLimit,
];

/** Finds what the legs show, scope by scope. */
export async function findConditions(
  legs: readonly Leg[],
  given: Omit<Surroundings, 'logsCalls'>,
): Promise<Finding[]> {
  const callers = new Set(
    legs.filter(({ facts }) => facts.direction === 'outbound').map(({ facts }) => facts.writer),
  );
  const surroundings = { ...given, logsCalls: (writer: string) => callers.has(writer) };
  const findings: Finding[] = [];
  for (const condition of CONDITIONS) {
    for (const [scope, members] of scopesOf(condition, legs, surroundings)) {
      findings.push(...(await condition.find(scope, members, surroundings)));
    }
  }
  return [...findings, ...(await findPairTimes(legs, surroundings.reader))];
}

function scopesOf(
  condition: Condition,
  legs: readonly Leg[],
  surroundings: Surroundings,
): Array<[string, Leg[]]> {
  const scopes = new Map<string, Leg[]>();
  for (const leg of legs) {
    for (const scope of condition.scopesOf(leg, surroundings)) {
      const list = scopes.get(scope);
      if (list === undefined) scopes.set(scope, [leg]);
      else list.push(leg);
    }
  }
  return [...scopes].sort(([a], [b]) => compareText(a, b));
}
