import t from 'tap';
import { parse } from 'yaml';
import { createApp } from '../../helpers/app.ts';

t.test('the description is the same as JSON and as YAML', async (t) => {
  const { app } = await createApp(t);
  const yaml = await app.inject('/openapi.yaml');
  t.match(yaml.headers['content-type'], 'application/yaml');
  const json = (await app.inject('/openapi.json')).json();
  t.strictSame(parse(yaml.body, { maxAliasCount: -1 }), json);
  t.ok(Object.keys(json.paths).includes('/api/v1/incidents/{id}/evidence'));
});

t.test('nothing that is answered has a schema that refers to something that is not there', async (t) => {
  const { app } = await createApp(t);
  const page = (await app.inject('/openapi.json')).json();
  const references = [...JSON.stringify(page).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
  const lookUp = (path: string): unknown =>
    path.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], page);
  for (const path of new Set(references)) t.ok(lookUp(path), path);
  for (const [path, methods] of Object.entries<
    Record<string, { parameters?: ({ in: string; name: string } | { $ref: string })[] }>
  >(page.paths)) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const [method, { parameters = [] }] of Object.entries(methods)) {
      const described = parameters
        .map((one) => ('$ref' in one ? (lookUp(one.$ref.slice(2)) as { in: string; name: string }) : one))
        .filter((one) => one.in === 'path')
        .map(({ name }) => name);
      t.strictSame(described, named, `${method} ${path} describes the parameters of its path`);
    }
  }
});
