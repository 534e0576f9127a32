import t from 'tap';
import { differencesOf } from '../../src/domain/evidence.ts';
import { makeResources } from '../helpers/report.ts';

t.test('says what is told otherwise of an incident, and nothing of what is told alike', async (t) => {
  const { incidents: incident } = makeResources('x');
  t.strictSame(differencesOf(incident, { ...incident, title: 'another', evidence: [] }, 'the lines'), []);
  t.strictSame(differencesOf(incident, null, 'the lines'), ['the lines do not tell this incident']);
  const again = { ...incident, connections: incident.connections + 1, sources: [] };
  t.strictSame(differencesOf(incident, again, 'the lines'), [
    `sources is ${incident.sources.length}; the lines tell 0`,
    `connections is ${incident.connections}; the lines tell ${incident.connections + 1}`,
  ]);
});
