/** Which filters say something of which resource: one that cannot match is told, and not taken for nothing found. */
import { AppError } from './errors.ts';
import { FILTER_NAMES, type Filter, type FilterName, parseFilter } from './filter.ts';
import { LINE_KINDS, SHIFT_KINDS } from './filter-values.ts';
import { PAIR_KINDS } from './resources.ts';

interface Scope {
  /** Filters about something that these resources do not have, and what has it. */
  readonly without: Partial<Record<FilterName, string>>;
  readonly kinds: readonly string[];
  /** True where only the client's side of connections is told. */
  readonly isOutbound: boolean;
}

const VERDICT = { verdict: 'connections and pairs have one' };
const COUNTED = 'lines are counted by who wrote them, when, between which addresses and with what result';
const SERIES = 'anomalies are of the calls of one workload to one destination';
const REPORTED = 'reports tell of workloads and destinations as a whole';
const SUMMED = 'coverage counts lines by who wrote them, when, and between which addresses';

const SCOPES = {
  connections: { without: {}, kinds: LINE_KINDS, isOutbound: false },
  pairs: { without: {}, kinds: [...LINE_KINDS, ...PAIR_KINDS], isOutbound: false },
  routes: { without: VERDICT, kinds: ['tcp'], isOutbound: true },
  shifts: { without: VERDICT, kinds: SHIFT_KINDS, isOutbound: true },
  incidents: { without: VERDICT, kinds: ['tcp', ...SHIFT_KINDS], isOutbound: false },
  anomalies: {
    without: {
      ...VERDICT,
      pod: SERIES,
      node: SERIES,
      source: SERIES,
      upstream_cluster: SERIES,
      severity: 'incidents have one',
    },
    kinds: ['tcp'],
    isOutbound: true,
  },
  explanations: { without: VERDICT, kinds: ['tcp', ...SHIFT_KINDS], isOutbound: false },
  coverage: {
    without: { state: SUMMED, verdict: SUMMED, diagnosis: SUMMED, severity: SUMMED },
    kinds: LINE_KINDS,
    isOutbound: false,
  },
  reports: {
    without: {
      ...VERDICT,
      pod: REPORTED,
      node: REPORTED,
      source: REPORTED,
      upstream_cluster: REPORTED,
      state: REPORTED,
      response_flag: REPORTED,
      direction: REPORTED,
      kind: REPORTED,
    },
    kinds: LINE_KINDS,
    isOutbound: false,
  },
  timeseries: {
    without: { verdict: COUNTED, diagnosis: COUNTED, severity: COUNTED },
    kinds: LINE_KINDS,
    isOutbound: false,
  },
  topology: {
    without: { verdict: COUNTED, diagnosis: COUNTED, severity: COUNTED },
    kinds: LINE_KINDS,
    isOutbound: true,
  },
} as const satisfies Record<string, Scope>;
export type Filtered = keyof typeof SCOPES;

/** The filters that say something of a resource. */
export function filtersFor(resource: Filtered): FilterName[] {
  const { without }: Scope = SCOPES[resource];
  return FILTER_NAMES.filter((name) => without[name] === undefined);
}

/**
 * Reads the filters of a resource from named texts.
 * Errors: as {@link parseFilter}; `bad_parameter` for a filter that no such resource can match, with those that apply.
 */
export function parseFilterOf(
  resource: Filtered,
  given: Readonly<Record<string, string | readonly string[] | undefined>>,
  now: number,
): Filter {
  const filter = parseFilter(given, now);
  const scope: Scope = SCOPES[resource];
  for (const name of FILTER_NAMES) {
    const value = filter[name];
    const why = scope.without[name];
    if (why === undefined || !Array.isArray(value) || value.length === 0) continue;
    throw misplaced(name, resource, why, filtersFor(resource));
  }
  if (!filter.kind.every((matches) => scope.kinds.some((kind) => matches(kind)))) {
    throw unmatched('kind', resource, shortened(scope.kinds));
  }
  if (scope.isOutbound && filter.direction.some((direction) => direction !== 'outbound')) {
    throw unmatched('direction', resource, ['outbound']);
  }
  return filter;
}

function misplaced(name: FilterName, resource: Filtered, why: string, others: readonly string[]): AppError {
  return new AppError(
    'bad_parameter',
    `cannot use filter "${name}" with ${resource}: ${why}; expected one of ${others.join(', ')}`,
  );
}

function unmatched(name: FilterName, resource: Filtered, expected: readonly string[]): AppError {
  return new AppError(
    'bad_parameter',
    `cannot use this value of filter "${name}" with ${resource}: none can have it; expected ${expected.join(', ')}`,
  );
}

/** The kinds of shifts are very many: one stands for all. */
function shortened(kinds: readonly string[]): string[] {
  const few = kinds.filter((kind) => !SHIFT_KINDS.includes(kind));
  return few.length === kinds.length ? few : [...few, 'the kind of a shift such as passthrough_to_captured'];
}
