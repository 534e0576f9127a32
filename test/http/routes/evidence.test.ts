import t from 'tap';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Evidence } from '../../../src/domain/evidence.ts';
import { EVIDENCE_AT_ONCE_MAX } from '../../../src/domain/limits.ts';
import type { Analysis } from '../../../src/domain/queries.ts';
import { EvidenceSchema } from '../../../src/http/schemas/evidence.ts';
import { createApp } from '../../helpers/app.ts';
import { INCIDENT, INCIDENT_TEXT } from '../../helpers/incident-lines.ts';

/** The same keys on both sides. */
type Same = [keyof Static<typeof EvidenceSchema>] extends [keyof Evidence]
  ? [keyof Evidence] extends [keyof Static<typeof EvidenceSchema>]
    ? true
    : false
  : false;

t.test('answers with one document, to be saved as a file', async (t) => {
  const same: Same = true;
  t.ok(same);
  const { app } = await createApp(t, { lines: INCIDENT_TEXT });
  const [incident] = (await app.inject('/api/v1/incidents')).json().items;
  const response = await app.inject(`/api/v1/incidents/${incident.id}/evidence`);
  t.match(response.headers, {
    'content-type': /^application\/json/,
    'content-disposition': `attachment; filename="evidence-${incident.id}.json"`,
  });
  const evidence: Evidence = response.json();
  t.strictSame(Value.Errors(EvidenceSchema, evidence), []);
  t.strictSame(evidence.incident, incident);
  t.match(evidence, {
    kind: 'meshwake.evidence',
    version: 1,
    complete: true,
    differences: [],
    lines_total: 6,
  });
  t.equal(evidence.lines[0]?.pod, INCIDENT.client);
  t.ok(INCIDENT_TEXT.includes(`istio-proxy ${evidence.lines[0]?.line}\n`), 'as the proxy wrote it');
});

t.test('there is no evidence of what is no incident', async (t) => {
  const { app } = await createApp(t);
  t.match((await app.inject('/api/v1/incidents/x/evidence')).json(), { status: 404, code: 'not_found' });
});

t.test('few documents are put together at once, and others after them', async (t) => {
  const waiting: (() => void)[] = [];
  const evidence = (): Promise<null> => new Promise((resolve) => waiting.push(() => resolve(null)));
  const { app, runtime } = await createApp(t);
  const slow: Analysis = { ...runtime.analysis, evidence };
  const { app: busy } = await createApp(t, { deps: { analysis: slow } });
  const ask = () => busy.inject('/api/v1/incidents/x/evidence');
  const first = Array.from({ length: EVIDENCE_AT_ONCE_MAX }, ask);
  while (waiting.length < EVIDENCE_AT_ONCE_MAX) await new Promise((resolve) => setImmediate(resolve));
  t.match((await ask()).json(), { status: 429, code: 'too_many_requests' });
  for (const resume of waiting) resume();
  for (const response of await Promise.all(first)) t.equal(response.statusCode, 404);
  t.equal((await app.inject('/api/v1/incidents/x/evidence')).statusCode, 404);
});
