/** Envoy's response flags: short name, long name, meaning. */

export interface ResponseFlag {
  readonly short: string;
  readonly long: string;
  readonly meaning: string;
  /** True where Envoy sets it on TCP connections. */
  readonly tcp: boolean;
}

const flag = (short: string, long: string, meaning: string, tcp = false): ResponseFlag => ({
  short,
  long,
  meaning,
  tcp,
});

export const RESPONSE_FLAGS: readonly ResponseFlag[] = [
  flag('LH', 'FailedLocalHealthCheck', 'the local service failed its health check'),
  flag(
    'UH',
    'NoHealthyUpstream',
    'no healthy host in the upstream cluster; also every BlackHoleCluster connection',
    true,
  ),
  flag('UT', 'UpstreamRequestTimeout', 'the upstream request timed out'),
  flag('LR', 'LocalReset', 'the connection was reset locally'),
  flag('UR', 'UpstreamRemoteReset', 'the upstream reset the connection', true),
  flag('UF', 'UpstreamConnectionFailure', 'the upstream connection failed or timed out', true),
  flag('UC', 'UpstreamConnectionTermination', 'the upstream closed in the middle of a request'),
  flag('UO', 'UpstreamOverflow', 'a circuit breaker was open', true),
  flag('NR', 'NoRouteFound', 'no route or, on TCP, no filter chain matched', true),
  flag('DI', 'DelayInjected', 'a fault delayed the request'),
  flag('FI', 'FaultInjected', 'a fault aborted the request'),
  flag('RL', 'RateLimited', 'the request was rate limited'),
  flag('UAEX', 'UnauthorizedExternalService', 'external authorization denied it', true),
  flag('RLSE', 'RateLimitServiceError', 'the rate limit service failed'),
  flag('DC', 'DownstreamConnectionTermination', 'the downstream went away'),
  flag('URX', 'UpstreamRetryLimitExceeded', 'retries or, on TCP, connect attempts were used up', true),
  flag('SI', 'StreamIdleTimeout', 'the stream was idle for too long'),
  flag('IH', 'InvalidEnvoyRequestHeaders', 'a strictly checked header was invalid'),
  flag('DPE', 'DownstreamProtocolError', 'the downstream broke the HTTP protocol'),
  flag('UMSDR', 'UpstreamMaxStreamDurationReached', 'the upstream stream lasted too long'),
  flag('RFCF', 'ResponseFromCacheFilter', 'the response came from a cache'),
  flag('NFCF', 'NoFilterConfigFound', 'a filter had no configuration'),
  flag('DT', 'DurationTimeout', 'the maximum duration was reached', true),
  flag('UPE', 'UpstreamProtocolError', 'the upstream broke the HTTP protocol'),
  flag('NC', 'NoClusterFound', 'the cluster does not exist', true),
  flag('OM', 'OverloadManagerTerminated', 'the overload manager ended it'),
  flag('DF', 'DnsResolutionFailed', 'DNS resolution failed'),
  flag('DO', 'DropOverload', 'dropped by an overload policy'),
  flag('DR', 'DownstreamRemoteReset', 'the downstream reset the stream'),
  flag('UDO', 'UnconditionalDropOverload', 'dropped by an overload policy of 100 %'),
];

const BY_LONG = new Map(RESPONSE_FLAGS.map((f) => [f.long, f.short]));
const BY_SHORT = new Map(RESPONSE_FLAGS.map((f) => [f.short, f]));
const NONE: readonly string[] = Object.freeze([]);

/**
 * Reads `UF,URX`, or long names, into short names; `-` and the empty text give an empty array.
 * Null: not a list of flags. Unknown flags of the right form (`[A-Z0-9_]+`) are kept: extensions register their own.
 */
export function parseResponseFlags(text: string): readonly string[] | null {
  if (text === '-' || text === '') return NONE;
  const flags: string[] = [];
  for (const token of text.split(',')) {
    const short = BY_LONG.get(token) ?? token;
    if (!/^[A-Z0-9_]{1,32}$/.test(short)) return null;
    flags.push(short);
  }
  return Object.freeze(flags);
}

/** What a flag says, or null for an unknown one. */
export function flagMeaning(short: string): string | null {
  return BY_SHORT.get(short)?.meaning ?? null;
}

/** Flags of a TCP connection that never reached a server. */
const FAILED = new Set(['UF', 'UH', 'UO', 'NC', 'NR']);

/** True for a flag that says that no upstream connection was made. */
export function isFailureFlag(flag: string): boolean {
  return FAILED.has(flag);
}

/** True when the flags say that no upstream connection was made. Their absence does not say that it went well. */
export function isFailure(flags: readonly string[]): boolean {
  return flags.some((f) => FAILED.has(f));
}
