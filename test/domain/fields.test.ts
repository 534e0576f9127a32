import t from 'tap';
import { ENTRY_FIELDS, FIELDS } from '../../src/domain/fields.ts';
import { makeLine } from '../helpers/lines.ts';

t.test('the table has every part of an entry, and the fields that are added', async (t) => {
  const names = FIELDS.map((field) => field.name);
  t.equal(new Set(names).size, names.length, 'no name twice');
  const ofEntry = Object.keys(makeLine('web-0', {}).entry).filter((name) => name !== 'attributes');
  t.same(ENTRY_FIELDS.map((field) => field.name).sort(), ofEntry.sort());
  const added = [
    'id',
    'pod',
    'workload',
    'direction',
    'kind',
    'format',
    'envelope',
    'end_time',
    'state',
    'pairing',
  ];
  for (const name of added) t.ok(names.includes(name), name);
});

t.test('every field is described', async (t) => {
  for (const { name, description, since } of FIELDS) {
    t.match(description, /^\S.*\S$/, name);
    if (since !== null) t.match(since, /^\d+\.\d+$/, name);
  }
  for (const { name, type, unit } of FIELDS) if (type === 'time') t.equal(unit, 'RFC 3339 UTC, ms', name);
});
