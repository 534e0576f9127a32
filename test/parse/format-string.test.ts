import t from 'tap';
import { compileFormatString } from '../../src/parse/format-string.ts';
import { readAll, verdict } from './entries.ts';

t.test('takes operators, arguments, lengths and literals apart', async (t) => {
  const { head, segments } = compileFormatString(
    'a%%[%START_TIME%] %REQ(X-A?:PATH):12%|%CEL(f(x, ")"))%%%\n',
  );
  t.equal(head, 'a%[');
  t.strictSame(
    segments.map(({ label, field, attribute, literal }) => [label, field, attribute, literal]),
    [
      ['%START_TIME%', 'start_time', 'start_time', '] '],
      ['%REQ(X-A?:PATH):12%', null, 'req(x-a?:path)', '|'],
      ['%CEL(f(x, ")"))%', null, 'cel(f(x, ")"))', '%'],
    ],
  );
});

t.test('the same field twice is a field and an attribute, each under its own key', async (t) => {
  const format =
    '[%START_TIME%] %UPSTREAM_CLUSTER% %UPSTREAM_CLUSTER_RAW% %UPSTREAM_CLUSTER% %START_TIME(%s)%';
  const [outcome] = readAll(['[2024-05-06T07:08:09.010Z] a; a b 1714979289'], format);
  t.match(outcome, {
    kind: 'accepted',
    line: {
      rebuildable: true,
      raw: '[2024-05-06T07:08:09.010Z] a; a b 1714979289',
      entry: {
        upstream_cluster: 'a;',
        attributes: { upstream_cluster_raw: 'a', upstream_cluster: 'b', 'start_time(%s)': '1714979289' },
      },
    },
  });
});

t.test('knows header operators by either name, in any case', async (t) => {
  const names = ['%REQ(user-agent)%', '%REQUEST_HEADER(User-Agent)%'];
  for (const name of names) {
    t.equal(compileFormatString(`%START_TIME% "${name}"`).segments[1]?.field, 'user_agent', name);
  }
});

t.test('refuses what cannot be read back', async (t) => {
  const rows: [format: string, cause: RegExp][] = [
    ['', /no %START_TIME%/],
    ['%BYTES_SENT%', /no %START_TIME%/],
    ['%START_TIME% %', /expected an operator/],
    ['%START_TIME% %lower%', /expected an operator/],
    ['%START_TIME% %BYTES_SENT', /does not end in %/],
    ['%START_TIME% %REQ(X%', /no parenthesis closes/],
    ['%START_TIME% %REQ%', /needs the name of a header/],
    ['%START_TIME% %REQ(A?B?C)%', /more than one alternative/],
    ['%START_TIME%%BYTES_SENT%', /nothing between them/],
    ['%START_TIME%\n%BYTES_SENT%', /several lines/],
    ['%START_TIME%\\n%BYTES_SENT%', /several lines/],
    ['%START_TIME(%H:%M)%', /year, month and day/],
    ['%START_TIME(%Q)%', /cannot read/],
  ];
  for (const [format, cause] of rows) {
    t.throws(() => compileFormatString(format), { code: 'bad_format', message: cause }, format);
  }
});

t.test('every operator that TCP lines can have takes its place in a line', async (t) => {
  const operators = [
    'DURATION',
    'COMMON_DURATION(DS_CX_BEG:US_CX_BEG:us)',
    'DOWNSTREAM_HANDSHAKE_DURATION',
    'BYTES_RECEIVED',
    'BYTES_SENT',
    'UPSTREAM_CONNECTION_POOL_READY_DURATION',
    'DOWNSTREAM_WIRE_BYTES_SENT',
    'UPSTREAM_HEADER_BYTES_RECEIVED',
    'BYTES_RETRANSMITTED',
    'RESPONSE_CODE',
    'RESPONSE_FLAGS',
    'RESPONSE_CODE_DETAILS',
    'UPSTREAM_REQUEST_ATTEMPT_COUNT',
    'UPSTREAM_HOST',
    'UPSTREAM_HOST_NAME',
    'UPSTREAM_HOST_NAME_WITHOUT_PORT',
    'UPSTREAM_HOSTS_ATTEMPTED',
    'UPSTREAM_CLUSTER',
    'UPSTREAM_CLUSTER_RAW',
    'UPSTREAM_LOCAL_ADDRESS',
    'UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT(24)',
    'UPSTREAM_LOCAL_PORT',
    'UPSTREAM_REMOTE_ADDRESS',
    'UPSTREAM_CONNECTION_ID',
    'DOWNSTREAM_REMOTE_ADDRESS',
    'DOWNSTREAM_DIRECT_REMOTE_ADDRESS',
    'DOWNSTREAM_LOCAL_ADDRESS',
    'DOWNSTREAM_DIRECT_LOCAL_ADDRESS',
    'DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID',
    'CONNECTION_ID',
    'STREAM_ID',
    'UNIQUE_ID',
    'FILTER_CHAIN_NAME',
    'HOSTNAME',
    'ACCESS_LOG_TYPE',
    'REQUESTED_SERVER_NAME',
    'ROUTE_NAME',
    'DOWNSTREAM_TLS_VERSION',
    'DOWNSTREAM_TLS_CIPHER',
    'DOWNSTREAM_PEER_SERIAL',
    'DOWNSTREAM_PEER_FINGERPRINT_256',
    'TLS_JA3_FINGERPRINT',
    'TRACE_ID',
    'GRPC_STATUS_NUMBER',
    'VIRTUAL_CLUSTER_NAME',
    'EMIT_TIME',
    'PROTOCOL',
    'UPSTREAM_DETECTED_CLOSE_TYPE',
  ];
  const format = `[%START_TIME%] ${operators.map((operator) => `%${operator}%`).join(' ')}`;
  const line = `[2024-05-06T07:08:09.010Z] ${operators.map(() => '-').join(' ')}`;
  t.equal(verdict(line, format), `accepted ${format} none`);
  t.equal(verdict(`${line} -`, format), 'rejected unknown_format', 'and no more than that');
  const quoted = [
    'DOWNSTREAM_PEER_SUBJECT',
    'DOWNSTREAM_LOCAL_CLOSE_REASON',
    'FILTER_STATE(a:PLAIN)',
    'DYNAMIC_METADATA(a:b)',
  ];
  for (const operator of [
    ...quoted,
    'METADATA(CLUSTER:a:b)',
    'CEL(a.b)',
    'ENVIRONMENT(X)',
    'SOMETHING_NEW',
  ]) {
    const own = `[%START_TIME%] "%${operator}%" %BYTES_SENT%`;
    const [outcome] = readAll(['[2024-05-06T07:08:09.010Z] "CN=a, O=b" 7'], own);
    const attributes =
      outcome?.kind === 'accepted' ? Object.values(outcome.line.entry.attributes ?? {}) : null;
    t.strictSame(attributes, ['CN=a, O=b'], operator);
  }
});

t.test('free values without quotes are taken where there is one way to split them', async (t) => {
  const format = '[%START_TIME%] %CONNECTION_TERMINATION_DETAILS% %BYTES_SENT% %REQ(X-A)% %REQ(X-B)%';
  const read = (text: string) =>
    verdict(`[2024-05-06T07:08:09.010Z] ${text}`, format).split(' ').slice(0, 2).join(' ');
  t.match(read('- 5 a b'), /^accepted/);
  t.match(read('- 5 a b c'), /ambiguous_quotes/);
  t.match(read('two words 5 a b'), /ambiguous_quotes|bad_number|unknown_format/);
  const single = '[%START_TIME%] %CONNECTION_TERMINATION_DETAILS% %BYTES_SENT%';
  t.match(readAll(['[2024-05-06T07:08:09.010Z] transport timeout 5'], single), [
    {
      kind: 'accepted',
      line: { entry: { connection_termination_details: 'transport timeout', bytes_sent: 5 } },
    },
  ]);
});

t.test('values left empty are absent, and the line is kept', async (t) => {
  const [outcome] = readAll(
    ['[2024-05-06T07:08:09.010Z] "" 5 '],
    '[%START_TIME%] "%UPSTREAM_HOST%" %BYTES_SENT% ',
  );
  t.match(outcome, {
    kind: 'accepted',
    line: { rebuildable: false, entry: { upstream_host: null, bytes_sent: 5 } },
  });
});

t.test('long flags become short ones', async (t) => {
  const line = '2024-05-06T07:08:09.010Z UpstreamConnectionFailure,UpstreamRetryLimitExceeded';
  const [outcome] = readAll([line], '%START_TIME% %RESPONSE_FLAGS_LONG%');
  t.match(outcome, {
    kind: 'accepted',
    line: { rebuildable: false, entry: { response_flags: ['UF', 'URX'] } },
  });
});
