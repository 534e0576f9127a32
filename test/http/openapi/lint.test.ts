/** The description of the API holds before a linter that is not ours. */
import { createConfig, lintFromString } from '@redocly/openapi-core';
import t from 'tap';
import type { Token } from '../../../src/auth/tokens.ts';
import { createApp } from '../../helpers/app.ts';

/** What Redocly's strictest rules say of a document. */
async function lint(document: unknown): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const source = JSON.stringify(document);
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  return problems.map(
    ({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ''}`,
  );
}

t.test('the description has no fault, with tokens and without', async (t) => {
  const token: Token = { name: 'reader', scopes: ['read'], token: 'of-the-reader' };
  for (const tokens of [null, [token]]) {
    const { app } = await createApp(t, { deps: { tokens } });
    t.strictSame(await lint((await app.inject('/openapi.json')).json()), []);
  }
});

t.test('a fault would be found', async (t) => {
  const { app } = await createApp(t);
  const document = (await app.inject('/openapi.json')).json();
  delete document.paths['/api/v1/pairs'].get.operationId;
  document.components.schemas.Pair.properties = 'many';
  document.paths['/api/v1/routes/{id}'].get.parameters = [];
  const found = (await lint(document)).join('\n');
  for (const rule of ['operation-operationId', 'struct', 'path-parameters-defined']) t.match(found, rule);
});
