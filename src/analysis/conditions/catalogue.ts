/** The conditions that are judged scope by scope. */
import type { Leg } from '../legs.ts';
import { bypass, isAlone } from './bypass.ts';
import type { ConditionPlan, IsOpen } from './condition.ts';
import { connectionLimit, wasCut } from './connection-limit.ts';
import { dnsUpstream } from './dns-upstream.ts';
import { encryption, isPlain } from './encryption.ts';
import { gatewaySni } from './gateway-sni.ts';
import { idleLimit } from './idle-limit.ts';
import { retryStorm } from './retry-storm.ts';
import { scan } from './scan.ts';
import { selfCalls } from './self-calls.ts';
import { mayBeUnanswered, unanswered } from './unanswered.ts';
import { isUndeclared, undeclaredPort } from './undeclared-port.ts';

const always = (): boolean => true;
const never: IsOpen = () => false;
const isFailed = ({ facts }: Leg): boolean => facts.failed;

/** Found before failures: what a scan met is no failure of its own. */
export const SCAN_PLAN: ConditionPlan = { condition: scan, mayShow: always, isOpen: never };

/** Each with what its scopes must have, and which of them have to be looked at again although none of their legs changed. */
export const CONDITIONS: readonly ConditionPlan[] = [
  { condition: encryption, mayShow: isPlain, isOpen: never },
  { condition: undeclaredPort, mayShow: isUndeclared, isOpen: never },
  { condition: dnsUpstream, mayShow: always, isOpen: never },
  { condition: gatewaySni, mayShow: always, isOpen: never },
  { condition: connectionLimit, mayShow: wasCut, isOpen: never },
  { condition: retryStorm, mayShow: isFailed, isOpen: never },
  {
    condition: unanswered,
    mayShow: mayBeUnanswered,
    isOpen: ({ legs }) => legs.some(mayBeUnanswered),
  },
  { condition: bypass, mayShow: isAlone, isOpen: ({ legs }) => legs.every(isAlone) },
  { condition: selfCalls, mayShow: always, isOpen: never },
  { condition: idleLimit, mayShow: always, isOpen: never },
];
