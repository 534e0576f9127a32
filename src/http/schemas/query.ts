/** Query parameters. */
import { type Static, type TArray, type TOptional, type TString, Type } from 'typebox';
import { FILTER_NAMES, type FilterName } from '../../domain/filter.ts';
import {
  EDGES_DEFAULT,
  GRAPH_EDGES_DEFAULT,
  PAGE_ITEMS_DEFAULT,
  PAGE_ITEMS_MAX,
} from '../../domain/limits.ts';
import { SEVERITIES, STATES, VERDICTS } from '../../domain/resources.ts';
import { GROUPINGS, METRICS, STEP_DEFAULT } from '../../domain/timeseries.ts';
import { OneOf } from './common.ts';
import { reportFormat } from './reports.ts';

/** Values of one parameter, and characters of one value. */
const VALUES_MAX = 100;
const VALUE_LENGTH_MAX = 1_000;

/** What each filter means and, after it, an example. */
const FILTERS: Readonly<Record<FilterName, readonly [description: string, example: string]>> = {
  since: ['Started at or after: RFC 3339, or a duration back from now', '1h'],
  until: ['Started before; as `since`', '2020-07-23T15:00:00Z'],
  pod: ['Pod that wrote the line; `*` matches within a name', 'web-*'],
  namespace: ['Namespace of that pod', 'app'],
  workload: ['Workload of that pod', 'web'],
  node: ['Node of that pod', 'node-1'],
  source: ['Address that the connection came from: ip or ip:port', '10.233.68.110'],
  destination: ['Address that the client dialled: ip or ip:port', '10.233.66.113:5701'],
  port: ['Port that the client dialled', '5701'],
  upstream_cluster: ['Envoy cluster that the connection was sent to', 'outbound|5701||*'],
  state: [`Routing: ${STATES.join(', ')}`, 'captured'],
  response_flag: ['Short name of a response flag', 'UF'],
  direction: ['outbound, inbound or unknown', 'outbound'],
  kind: ['tcp or http for lines; kind of a pair or a shift', 'tcp'],
  verdict: [`Pairing, of connections and pairs: ${VERDICTS.join(', ')}`, 'unexplained'],
  diagnosis: ['Diagnosis of an incident', 'catch_all_capture'],
  severity: [`One of ${SEVERITIES.join(', ')}`, 'critical'],
};

/** Forms of lists, as `format` names them. */
export const FORM_NAMES = ['json', 'ndjson', 'csv', 'flat'] as const;

/** The two filters that say one thing at most. */
const SINGLE: readonly FilterName[] = ['since', 'until'];

// `fromEntries` forgets the names, which are all of FILTER_NAMES.
const filterProperties = Object.fromEntries(
  FILTER_NAMES.map((name) => {
    const [description, example] = FILTERS[name];
    const value = Type.String({ maxLength: VALUE_LENGTH_MAX });
    const schema = Type.Optional(
      Type.Array(value, {
        maxItems: SINGLE.includes(name) ? 1 : VALUES_MAX,
        description: SINGLE.includes(name) ? description : `${description}. Given twice means or.`,
        examples: [[example]],
      }),
    );
    return [name, schema];
  }),
) as Record<FilterName, TOptional<TArray<TString>>>;

/** How long the answer may take. */
const timeout = Type.Optional(
  Type.String({
    maxLength: VALUE_LENGTH_MAX,
    description: 'How long the answer may take to begin, such as 5s (default and most: 30s); then 503',
    examples: ['5s'],
  }),
);

/** In which form the answer is, for whoever cannot set a header. */
const answer = {
  timeout,
  format: Type.Optional(
    OneOf(FORM_NAMES, 'Form of the answer, instead of `Accept`: for browsers, spreadsheets and dashboards'),
  ),
};

/** The filters alone: of `explain`. */
export const FilterQuery = Type.Object({ ...filterProperties, timeout }, { additionalProperties: false });

/** What a report is asked for. */
export const AskedReportQuery = Type.Object(
  {
    ...filterProperties,
    compare_since: Type.Optional(
      Type.String({
        maxLength: VALUE_LENGTH_MAX,
        description: 'As of when routing is compared, such as the end of the report before (default: since)',
      }),
    ),
    ...reportFormat,
    timeout,
  },
  { additionalProperties: false },
);

const limit = (whatElse: string) =>
  Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: PAGE_ITEMS_MAX,
      description: `${whatElse} (default ${PAGE_ITEMS_DEFAULT}; of a stream: all)`,
    }),
  );

/** The filters of coverage, with the bound of its lists. */
export const CoverageQuery = Type.Object(
  { ...filterProperties, limit: limit('Pods, peers and rejects at most'), ...answer },
  { additionalProperties: false },
);

/** The filters of time series, with what is told of whom. */
export const TimeseriesQuery = Type.Object(
  {
    ...filterProperties,
    ...answer,
    metric: Type.Optional(
      Type.String({
        maxLength: VALUE_LENGTH_MAX,
        description: `One of ${METRICS.join(', ')} (default connections)`,
      }),
    ),
    step: Type.Optional(
      Type.String({
        maxLength: VALUE_LENGTH_MAX,
        description: `Whole minutes, such as 1m, 15m, 1h (default ${STEP_DEFAULT})`,
      }),
    ),
    group_by: Type.Optional(
      Type.Array(Type.String({ maxLength: VALUE_LENGTH_MAX }), {
        maxItems: VALUES_MAX,
        description: `A series for each: ${GROUPINGS.join(', ')}. Given twice means by both. Without it all lines are one series`,
        examples: [['state']],
      }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: PAGE_ITEMS_MAX,
        description: `Series at most, those with the most (default ${PAGE_ITEMS_DEFAULT})`,
      }),
    ),
  },
  { additionalProperties: false },
);

/** The filters of the topology, with the bound of its edges. */
export const TopologyQuery = Type.Object(
  {
    ...filterProperties,
    ...answer,
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: PAGE_ITEMS_MAX,
        description: `Edges at most, those with the most connections (default ${EDGES_DEFAULT})`,
      }),
    ),
  },
  { additionalProperties: false },
);

/** The filters of the node graph, with the bound of its edges. */
export const GraphQuery = Type.Object(
  {
    ...filterProperties,
    timeout,
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: PAGE_ITEMS_MAX,
        description: `Edges at most, those with the most connections (default ${GRAPH_EDGES_DEFAULT})`,
      }),
    ),
  },
  { additionalProperties: false },
);

/** The filters of every list, with its paging. */
export const ListQuery = Type.Object(
  {
    ...filterProperties,
    ...answer,
    limit: limit('Items at most'),
    cursor: Type.Optional(
      Type.String({
        maxLength: 4_000,
        description: '`next_cursor` of the page before, with the same filters',
      }),
    ),
  },
  { additionalProperties: false },
);

/** A query after validation. */
export type ListValues = Static<typeof ListQuery>;

/** The filters of events, with the types that are wanted. */
export const EventsQuery = Type.Object(
  {
    ...filterProperties,
    types: Type.Optional(
      Type.Array(Type.String({ maxLength: VALUE_LENGTH_MAX }), {
        maxItems: VALUES_MAX,
        description:
          'incident, shift, connection: several with commas, or given several times (default incident and shift)',
        examples: [['connection']],
      }),
    ),
  },
  { additionalProperties: false },
);

const identity = (what: string) =>
  Type.Optional(Type.String({ maxLength: 253, description: `${what}, for lines that do not tell` }));

export const IngestQuery = Type.Object(
  {
    pod: identity('Pod'),
    namespace: identity('Namespace'),
    container: identity('Container'),
    node: identity('Node'),
    format: Type.Optional(
      Type.String({ maxLength: 8_000, description: "A log format of one's own: an Envoy format string" }),
    ),
  },
  { additionalProperties: false },
);
