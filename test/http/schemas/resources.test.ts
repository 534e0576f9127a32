/** The schemas say what is answered: by type, by value, and in OpenAPI. */

import t from 'tap';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Coverage, CoveragePod } from '../../../src/domain/coverage.ts';
import type { Explanation } from '../../../src/domain/queries.ts';
import type { Report } from '../../../src/domain/report.ts';
import type { Connection, Incident, IngestTally, Pair, Route, Shift } from '../../../src/domain/resources.ts';
import type { Timeseries } from '../../../src/domain/timeseries.ts';
import type { Topology } from '../../../src/domain/topology.ts';
import { AnomalyPageSchema } from '../../../src/http/schemas/anomalies.ts';
import { type CoveragePodSchema, CoverageSchema } from '../../../src/http/schemas/coverage.ts';
import type { GraphEdgesSchema, GraphNodesSchema } from '../../../src/http/schemas/node-graph.ts';
import type { ReportSchema } from '../../../src/http/schemas/report.ts';
import * as schemas from '../../../src/http/schemas/resources.ts';
import { TimeseriesSchema, TopologySchema } from '../../../src/http/schemas/timeseries.ts';
import type { GraphEdge, GraphNode } from '../../../src/output/node-graph.ts';
import { createApp } from '../../helpers/app.ts';
import { INCIDENT_TEXT } from '../../helpers/incident-lines.ts';
import { makeCoverage, makeExplanation, makeResources } from '../../helpers/report.ts';

/** The same keys on both sides, and each value of the schema fits the type; the rest is `readonly`. */
type Fits<Schema, Type> = [keyof Schema] extends [keyof Type]
  ? [keyof Type] extends [keyof Schema]
    ? [Schema] extends [Type]
      ? true
      : false
    : false
  : false;
type Checks = [
  Fits<Static<typeof schemas.ConnectionSchema>, Connection>,
  Fits<Static<typeof schemas.PairSchema>, Pair>,
  Fits<Static<typeof schemas.RouteSchema>, Route>,
  Fits<Static<typeof schemas.ShiftSchema>, Shift>,
  Fits<Static<typeof schemas.IncidentSchema>, Incident>,
  Fits<Static<typeof schemas.ExplanationSchema>, Explanation>,
  Fits<Static<typeof schemas.TallySchema>, IngestTally>,
  Fits<Static<typeof CoverageSchema>, Coverage>,
  Fits<Static<typeof CoveragePodSchema>, CoveragePod>,
  Fits<Static<typeof TimeseriesSchema>, Timeseries>,
  Fits<Static<typeof TopologySchema>, Topology>,
  Fits<Static<typeof ReportSchema>, Report>,
  Fits<Static<typeof GraphNodesSchema>[number], GraphNode>,
  Fits<Static<typeof GraphEdgesSchema>[number], GraphEdge>,
];

t.test('each schema has the type of its resource', async (t) => {
  const checks: Checks = [true, true, true, true, true, true, true, true, true, true, true, true, true, true];
  t.notOk(checks.includes(false as never));
});

/** Two days of 20 calls an hour, and one hour of 400. */
function surge(): string {
  const start = Date.UTC(2026, 0, 5);
  const lines: string[] = [];
  for (let hour = 0; hour < 50; hour++) {
    for (let i = 0; i < (hour === 40 ? 400 : 20); i++) {
      const time = new Date(start + hour * 3_600_000 + i * 8_000).toISOString();
      lines.push(
        `shop web-6f5d8c7b9d-bb2cc istio-proxy [${time}] "- - -" 0 - - - "-" 10 20 5 - "-" "-" "-" "-" ` +
          `"10.1.0.9:5432" outbound|5432||db.shop.svc.cluster.local 10.1.0.5:${40_000 + i} 10.96.0.9:5432 ` +
          `10.1.0.5:${30_000 + i} - -`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

t.test('what is answered fits its schema', async (t) => {
  const { app } = await createApp(t, { lines: INCIDENT_TEXT + surge() });
  for (const [resource, schema] of Object.entries(schemas.RESOURCE_SCHEMAS)) {
    const page = (await app.inject(`/api/v1/${resource}`)).json();
    const { items } = page;
    if (resource === 'anomalies') t.strictSame(Value.Errors(AnomalyPageSchema, page), []);
    t.ok(items.length > 0, resource);
    for (const item of items) t.strictSame(Value.Errors(schema, item), [], resource);
  }
  const explanation = (await app.inject('/api/v1/explain/10.40.2.8:6379')).json();
  t.strictSame(Value.Errors(schemas.ExplanationSchema, explanation), []);
  const coverage = (await app.inject('/api/v1/coverage')).json();
  t.strictSame(Value.Errors(CoverageSchema, coverage), []);
  const series = (await app.inject('/api/v1/timeseries?step=1h&group_by=source')).json();
  t.strictSame(Value.Errors(TimeseriesSchema, series), []);
  const topology = (await app.inject('/api/v1/topology')).json();
  t.strictSame(Value.Errors(TopologySchema, topology), []);
});

t.test('a schema can fail', async (t) => {
  const { connections } = makeResources('x');
  t.ok(Value.Check(schemas.ConnectionSchema, connections));
  t.notOk(Value.Check(schemas.ConnectionSchema, { ...connections, state: 'lost' }));
  t.notOk(Value.Check(schemas.ConnectionSchema, { ...connections, pod: undefined }));
  t.ok(Value.Check(schemas.ExplanationSchema, makeExplanation('x')));
  t.ok(Value.Check(CoverageSchema, makeCoverage('x')));
  t.notOk(Value.Check(CoverageSchema, { ...makeCoverage('x'), rejected: -1 }));
});

t.test('OpenAPI 3.1 describes every route', async (t) => {
  const { app } = await createApp(t);
  const page = (await app.inject('/openapi.json')).json();
  t.match(page, { openapi: /^3\.1\./, info: { title: 'Meshwake' } });
  for (const [path, methods] of Object.entries<Record<string, { summary?: string; responses: object }>>(
    page.paths,
  )) {
    for (const [method, route] of Object.entries(methods)) {
      t.ok(route.summary, `${method} ${path} has a summary`);
      const [answer = '', ...more] = Object.keys(route.responses);
      t.match(answer, /^20[014]$/, 'an answer');
      t.equal(more.at(-1), 'default', 'and what any other is like');
      t.ok(
        more.slice(0, -1).every((status) => /^(?:304|4\d\d|5\d\d)$/.test(status)),
        'and errors',
      );
    }
  }
});
