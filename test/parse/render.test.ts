import t from 'tap';
import { EMPTY_ENTRY } from '../../src/domain/entry.ts';
import { renderLine } from '../../src/parse/render.ts';
import { readAll } from './entries.ts';

const ENTRY = {
  ...EMPTY_ENTRY,
  start_time: Date.UTC(2024, 4, 6, 7, 8, 9, 10),
  bytes_sent: 5,
  response_flags: ['UF', 'URX'],
};

t.test('renders formats of the user, with attributes', async (t) => {
  const format = '%START_TIME% "%CONNECTION_ID%" %BYTES_SENT% %BYTES_RECEIVED% %RESPONSE_FLAGS%';
  const entry = { ...ENTRY, attributes: { connection_id: '7' } };
  t.equal(renderLine(format, entry), '2024-05-06T07:08:09.010Z "7" 5 - UF,URX');
  t.equal(
    renderLine('%START_TIME% %RESPONSE_FLAGS_LONG%', ENTRY),
    '2024-05-06T07:08:09.010Z UpstreamConnectionFailure,UpstreamRetryLimitExceeded',
  );
});

t.test('is null where lines cannot be rendered', async (t) => {
  for (const format of [
    'istio-json',
    'ztunnel-text',
    'no-such-format',
    '%START_TIME(%s)%',
    '%BROKEN',
    '{"a":"%START_TIME%"}x\ny%A%',
  ]) {
    t.equal(renderLine(format, ENTRY), null, format);
  }
});

t.test('says nothing exact of lines written in another way', async (t) => {
  const line = '2024-05-06T07:08:09Z 5';
  t.match(readAll([line], '%START_TIME% %BYTES_SENT%'), [
    { kind: 'accepted', line: { rebuildable: false, raw: line } },
  ]);
});

t.test('a format that looks like a name with a form is refused', async (t) => {
  t.throws(() => readAll([], '%START_TIME% \u001f{"a":%bytes_sent%}'), {
    code: 'bad_format',
    message: /U\+001F/,
  });
});
