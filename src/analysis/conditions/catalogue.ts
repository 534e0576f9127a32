/** The conditions that are judged scope by scope. */
import type { Facts, Leg } from '../legs.ts';
import { bypass, isAlone, isArrival } from './bypass.ts';
import type { Condition, ConditionPlan } from './condition.ts';
import { connectionLimit, wasCut } from './connection-limit.ts';
import { dnsUpstream, isResolved } from './dns-upstream.ts';
import { gatewaySni, isMiss } from './gateway-sni.ts';
import { isMute, isRequest, mixedProtocol, silentServers, wasMade } from './guessed-protocol.ts';
import { healthChecks, isUneventful, mayBeChecks } from './health-checks.ts';
import { idleLimit, mayBeIdle } from './idle-limit.ts';
import { load } from './load.ts';
import { retryStorm } from './retry-storm.ts';
import { mayBeTry, scan } from './scan.ts';
import { isSelf, selfCalls } from './self-calls.ts';
import { isCallThatWorked, mayBeUnanswered, unanswered } from './unanswered.ts';
import { isUndeclared, undeclaredPort } from './undeclared-port.ts';

/** True for every leg. */
export const always = (): boolean => true;
const isFailed = ({ failed }: Facts): boolean => failed;

const never = (): boolean => false;

/** Found before failures: what a scan met is no failure of its own. */
export const SCAN_PLAN = plan(scan, { mayShow: always, concerns: mayBeTry });

/** Those whose scopes are told one by one, each with what its scopes must have, and which of them have to be looked at again although none of their legs changed. */
export const CONDITIONS: readonly ConditionPlan[] = [
  plan(undeclaredPort, ofShapes(isUndeclared)),
  plan(dnsUpstream, { mayShow: always, concerns: isResolved }),
  plan(gatewaySni, ofShapes(isMiss)),
  plan(connectionLimit, ofShapes(wasCut)),
  plan(retryStorm, ofShapes(isFailed)),
  plan(unanswered, { mayShow: mayBeUnanswered, concerns: isCallThatWorked }, always),
  plan(bypass, { mayShow: isAlone, concerns: isArrival }, (legs) => legs.every(isAlone)),
  plan(selfCalls, ofShapes(isSelf)),
  plan(idleLimit, { mayShow: always, concerns: mayBeIdle }),
  plan(healthChecks, { mayShow: mayBeChecks, concerns: isUneventful }),
  plan(load, { mayShow: always, concerns: always }),
  plan(mixedProtocol, ofShapes(isRequest)),
  plan(silentServers, { mayShow: isMute, concerns: wasMade }),
];

type Suspicion = Pick<ConditionPlan, 'mayShow' | 'concerns'>;

/** Where facts alone tell whether a leg may show something. */
function ofShapes(concerns: ConditionPlan['concerns']): Suspicion {
  return { mayShow: ({ facts }) => concerns(facts), concerns };
}

function plan(
  condition: Condition,
  suspicion: Suspicion,
  isOpen: (legs: readonly Leg[]) => boolean = never,
): ConditionPlan {
  return {
    condition,
    ...suspicion,
    isOpen: (_found, scope) => isOpen === always || (isOpen !== never && isOpen(scope.legs)),
    tell: (found) => found,
  };
}
