/** All conditions that are judged scope by scope. */
import { bypass, mayBypass } from './bypass.ts';
import type { Condition, IsOpen } from './condition.ts';
import { connectionLimit } from './connection-limit.ts';
import { dnsUpstream } from './dns-upstream.ts';
import { encryption } from './encryption.ts';
import { gatewaySni } from './gateway-sni.ts';
import { idleLimit } from './idle-limit.ts';
import { retryStorm } from './retry-storm.ts';
import { scan } from './scan.ts';
import { selfCalls } from './self-calls.ts';
import { mayBeUnanswered, unanswered } from './unanswered.ts';
import { undeclaredPort } from './undeclared-port.ts';

const NEVER: IsOpen = () => false;

/** Each with the scopes of it that have to be looked at again although none of their legs has changed. */
export const CONDITIONS: ReadonlyArray<readonly [Condition, IsOpen]> = [
  [encryption, NEVER],
  [undeclaredPort, NEVER],
  [dnsUpstream, NEVER],
  [gatewaySni, NEVER],
  [connectionLimit, NEVER],
  [scan, NEVER],
  [retryStorm, NEVER],
  [unanswered, ({ legs }) => legs.some(mayBeUnanswered)],
  [bypass, ({ legs }) => mayBypass(legs)],
  [selfCalls, NEVER],
  [idleLimit, NEVER],
];
