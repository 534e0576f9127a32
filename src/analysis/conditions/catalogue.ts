/** All conditions that are judged scope by scope. */
import type { Condition } from './condition.ts';
import { connectionLimit } from './connection-limit.ts';
import { dnsUpstream } from './dns-upstream.ts';
import { encryption } from './encryption.ts';
import { gatewaySni } from './gateway-sni.ts';
import { retryStorm } from './retry-storm.ts';
import { scan } from './scan.ts';
import { undeclaredPort } from './undeclared-port.ts';

export const CONDITIONS: readonly Condition[] = [
  encryption,
  undeclaredPort,
  dnsUpstream,
  gatewaySni,
  connectionLimit,
  scan,
  retryStorm,
];
