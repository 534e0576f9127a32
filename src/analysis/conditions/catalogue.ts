/** The conditions that are judged scope by scope. */
import type { Leg } from '../legs.ts';
import { bypass, isAlone } from './bypass.ts';
import type { Condition, ConditionPlan } from './condition.ts';
import { connectionLimit, wasCut } from './connection-limit.ts';
import { dnsUpstream } from './dns-upstream.ts';
import { gatewaySni, isMiss } from './gateway-sni.ts';
import { isMute, isRequest, mixedProtocol, silentServers } from './guessed-protocol.ts';
import { healthChecks, mayBeChecks } from './health-checks.ts';
import { idleLimit } from './idle-limit.ts';
import { load } from './load.ts';
import { retryStorm } from './retry-storm.ts';
import { scan } from './scan.ts';
import { isSelf, selfCalls } from './self-calls.ts';
import { mayBeUnanswered, unanswered } from './unanswered.ts';
import { isUndeclared, undeclaredPort } from './undeclared-port.ts';

/** True for every leg. */
export const always = (): boolean => true;
const isFailed = ({ facts }: Leg): boolean => facts.failed;

/** Found before failures: what a scan met is no failure of its own. */
export const SCAN_PLAN = plan(scan, always);

/** Those whose scopes are told one by one, each with what its scopes must have, and which of them have to be looked at again although none of their legs changed. */
export const CONDITIONS: readonly ConditionPlan[] = [
  plan(undeclaredPort, isUndeclared),
  plan(dnsUpstream, always),
  plan(gatewaySni, isMiss),
  plan(connectionLimit, wasCut),
  plan(retryStorm, isFailed),
  plan(unanswered, mayBeUnanswered, always),
  plan(bypass, isAlone, (legs) => legs.every(isAlone)),
  plan(selfCalls, isSelf),
  plan(idleLimit, always),
  plan(healthChecks, mayBeChecks),
  plan(load, always),
  plan(mixedProtocol, isRequest),
  plan(silentServers, isMute),
];

function plan(
  condition: Condition,
  mayShow: ConditionPlan['mayShow'],
  isOpen: (legs: readonly Leg[]) => boolean = () => false,
): ConditionPlan {
  return { condition, mayShow, isOpen: ({ legs }) => isOpen(legs), tell: (found) => found };
}
