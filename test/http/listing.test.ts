import t from 'tap';
import { chooseForm } from '../../src/http/listing.ts';

t.test('chooses the form that the client likes best', async (t) => {
  const rows: [accept: string | undefined, form: string][] = [
    [undefined, 'json'],
    ['*/*', 'json'],
    ['text/html', 'json'],
    ['text/csv', 'csv'],
    ['TEXT/CSV; q=1', 'csv'],
    ['application/x-ndjson', 'ndjson'],
    ['text/csv;q=0.5, application/x-ndjson;q=0.8', 'ndjson'],
    ['application/json, text/csv;q=0.9', 'json'],
    ['text/csv;q=0', 'json'],
    ['text/csv;q=nonsense', 'json'],
  ];
  for (const [accept, form] of rows) t.equal(chooseForm(accept), form, String(accept));
});
