/** Every diagnosis of the program is documented as detected, and no other is. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import type { Subject } from '../../../src/analysis/diagnoses/diagnosis.ts';
import { DIAGNOSES } from '../../../src/domain/diagnoses.ts';
import { allDiagnoses } from '../../helpers/all-diagnoses.ts';

const DOCS = readFileSync(new URL('../../../docs/diagnoses.md', import.meta.url), 'utf8');
const ENTRIES = DOCS.split(/^### /m).slice(1);

const NOTHING: Subject = {
  port: null,
  cluster: null,
  host: null,
  service: null,
  namespace: null,
  upstreamHosts: [],
  clients: [],
  places: [],
  victims: [],
  connections: 0,
  failures: 0,
  bytes: 0,
  durationMax: 0,
  reasons: [],
};

t.test('forty diagnoses are documented, each once', async (t) => {
  const ids = ENTRIES.map((entry) => entry.split('\n', 1)[0] ?? '');
  t.equal(ids.length, 40);
  t.equal(new Set(ids).size, 40);
  t.strictSame([...DIAGNOSES].sort(), [...ids].sort(), 'the filter takes these names');
  for (const id of ids) t.match(id, /^[a-z_]+$/);
});

t.test('the ones documented as detected are those of the program', async (t) => {
  const documented = ENTRIES.filter((entry) => entry.includes('**Detected')).map(
    (entry) => entry.split('\n', 1)[0],
  );
  const built = (await allDiagnoses()).map((diagnosis) => diagnosis.id);
  t.strictSame(documented.sort(), built.sort());
});

t.test('each has something to say even where little is known', async (t) => {
  for (const diagnosis of await allDiagnoses()) {
    const { title, cause, remedies, verify } = diagnosis.tell(NOTHING);
    t.ok(title.length > 10 && cause.length > 40 && remedies.length > 0 && verify.length > 0, diagnosis.id);
    t.notMatch(JSON.stringify([title, cause, remedies, verify]), /undefined|\[object|NaN/, diagnosis.id);
  }
});
