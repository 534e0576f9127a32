import t from 'tap';
import {
  at,
  cluster,
  incidentsOf,
  into,
  matchEach,
  out,
  owned,
  PASSTHROUGH,
  pod,
  shiftsOf,
} from './scenes.ts';

const web = pod('web', '10.1.0.5');
const api = pod('api', '10.1.0.6');
const cache = pod('cache', '10.1.0.7');
const other = pod('other', '10.1.0.8');
const CACHE = 'cache.shop.svc.cluster.local';
const TRAP = cluster(6379, 'trap.team-b.svc.cluster.local');
const TRAP_HOST = '10.96.7.7:6379';
const DIALLED = '10.1.0.7:6379';
const FAILED = { response_flags: ['UF', 'URX'], duration: 10_000 };

const before = [owned(cache, 6379, CACHE, at(0)), out(web, DIALLED, { time: at(1), cluster: PASSTHROUGH })];
const captured = (minute: number, from = web, rest = {}) =>
  out(from, DIALLED, { time: at(minute), cluster: TRAP, host: TRAP_HOST, ...FAILED, ...rest });

t.test('a capture that fails is high, and critical with three failures', async (t) => {
  const [one] = await incidentsOf([...before, captured(10)]);
  t.match(one, { diagnosis: 'catch_all_capture', severity: 'high', ended: null });
  const all = await incidentsOf([...before, captured(10), captured(11), captured(12)]);
  t.equal(all.length, 1);
  t.match(all[0], { severity: 'critical', connections: 3, failures: 3 });
});

t.test('a recovery closes the incident', async (t) => {
  const lines = [
    ...before,
    captured(10),
    captured(20),
    out(web, DIALLED, { time: at(30), cluster: PASSTHROUGH }),
  ];
  const incidents = await incidentsOf(lines);
  t.equal(incidents.length, 1);
  t.match(incidents[0], {
    onset: { after: '2024-05-01T10:01:00.000Z', before: '2024-05-01T10:10:00.000Z' },
    ended: { after: '2024-05-01T10:20:00.000Z', before: '2024-05-01T10:30:00.000Z' },
  });
  const kinds = (await shiftsOf(lines)).map((shift) => [shift.kind, shift.incident_id === incidents[0]?.id]);
  t.strictSame(kinds, [
    ['captured_to_passthrough', true],
    ['passthrough_to_captured', true],
  ]);
});

t.test('a capture that comes back after a recovery is another incident', async (t) => {
  const lines = [
    ...before,
    captured(10),
    out(web, DIALLED, { time: at(60), cluster: PASSTHROUGH }),
    captured(120),
  ];
  const incidents = await incidentsOf(lines);
  t.strictSame(
    incidents.map((incident) => [incident.onset.before, incident.ended?.before ?? null]),
    [
      ['2024-05-01T12:00:00.000Z', null],
      ['2024-05-01T10:10:00.000Z', '2024-05-01T11:00:00.000Z'],
    ],
  );
});

t.test('a long passthrough connection that ends after the onset is no recovery', async (t) => {
  const long = out(web, DIALLED, { time: at(2), cluster: PASSTHROUGH, duration: 6 * 3_600_000 });
  const lines = [...before, long, captured(10), captured(20)];
  t.strictSame(
    (await shiftsOf(lines)).map((shift) => [shift.kind, shift.last_before, shift.before.connections]),
    [['passthrough_to_captured', '2024-05-01T10:02:00.000Z', 2]],
  );
  matchEach(t, await incidentsOf(lines), [{ ended: null }]);
});

t.test('a capture that works is a silent misdelivery, and critical', async (t) => {
  const lines = [
    ...before,
    captured(10, web, { response_flags: [], bytes_sent: 500, upstream_local_address: '10.1.0.5:1' }),
  ];
  const [incident] = await incidentsOf(lines);
  t.match(incident, {
    diagnosis: 'silent_misdelivery',
    severity: 'critical',
    misdelivered: true,
    failures: 0,
  });
  matchEach(t, await shiftsOf(lines), [{ misdelivered: true, after: { bytes: 510 } }]);
});

t.test('the receiver is named where its own line shows the connection', async (t) => {
  const lines = [
    ...before,
    captured(10, web, {
      host: '10.1.0.8:6379',
      upstream_host: '10.1.0.8:6379',
      response_flags: [],
      bytes_received: 7,
      upstream_local_address: '10.1.0.5:33000',
    }),
    into(other, 6379, '10.1.0.5:33000', { time: at(10) }),
  ];
  const [incident] = await incidentsOf(lines);
  t.equal(incident?.diagnosis, 'silent_misdelivery');
  t.match(
    incident?.evidence[0],
    /^27 bytes were exchanged with other \(pod other-6f5d8c7b9d-bb2cc\), whose own lines show/,
  );
});

t.test('what reaches the workload that was dialled all the same is no misdelivery', async (t) => {
  const twin = pod('cache', '10.1.0.17', 'dd4ff');
  const lines = [
    ...before,
    captured(10, web, {
      upstream_host: '10.1.0.17:6379',
      response_flags: [],
      upstream_local_address: '10.1.0.5:33000',
    }),
    into(twin, 6379, '10.1.0.5:33000', { time: at(10) }),
  ];
  matchEach(t, await incidentsOf(lines), [
    { diagnosis: 'catch_all_capture', severity: 'medium', misdelivered: false },
  ]);
});

t.test('sources that shift within minutes of each other share one incident', async (t) => {
  const lines = [
    ...before,
    out(api, DIALLED, { time: at(8), cluster: PASSTHROUGH }),
    captured(10),
    captured(12, api),
    captured(13, other),
  ];
  const incidents = await incidentsOf(lines);
  t.equal(incidents.length, 1);
  t.strictSame(
    incidents[0]?.sources.map((source) => source.workload),
    ['api', 'other', 'web'],
  );
  t.match(incidents[0], {
    severity: 'critical',
    onset: { after: '2024-05-01T10:08:00.000Z', before: '2024-05-01T10:10:00.000Z' },
  });
});

t.test(
  'a source that was seen unchanged long after another had shifted has a cause of its own',
  async (t) => {
    const lines = [
      ...before,
      captured(10),
      out(api, DIALLED, { time: at(70), cluster: PASSTHROUGH }),
      captured(80, api),
    ];
    t.equal((await incidentsOf(lines)).length, 2);
  },
);

t.test('one client that goes on is not ended by the recovery of another', async (t) => {
  const lines = [
    ...before,
    out(api, DIALLED, { time: at(2), cluster: PASSTHROUGH }),
    captured(10),
    captured(11, api),
    out(web, DIALLED, { time: at(20), cluster: PASSTHROUGH }),
    captured(30, api),
  ];
  matchEach(t, await incidentsOf(lines), [{ ended: null }]);
});

t.test('a capture older than the data has no lower bound', async (t) => {
  const lines = [owned(cache, 6379, CACHE, at(0)), captured(10)];
  matchEach(t, await incidentsOf(lines), [
    {
      diagnosis: 'catch_all_capture',
      onset: { after: null, before: '2024-05-01T10:10:00.000Z' },
      shifts: [],
    },
  ]);
});

t.test('a port that goes from one catch-all to another is told as that', async (t) => {
  const second = cluster(6379, 'younger.team-c.svc.cluster.local');
  const lines = [
    ...before,
    captured(10),
    captured(20),
    out(web, DIALLED, { time: at(40), cluster: second, host: '10.96.8.8:6379', ...FAILED }),
  ];
  const incidents = await incidentsOf(lines);
  t.strictSame(
    incidents.map((incident) => [
      incident.diagnosis,
      incident.upstream_cluster,
      incident.ended?.before ?? null,
    ]),
    [
      ['port_owner_changed', second, null],
      ['catch_all_capture', TRAP, '2024-05-01T10:40:00.000Z'],
    ],
  );
  matchEach(t, await shiftsOf(lines), [
    { kind: 'captured_to_captured' },
    { kind: 'passthrough_to_captured' },
  ]);
});

t.test('the same cluster in another spelling is no other owner', async (t) => {
  const lines = [...before, captured(10), captured(20, web, { upstream_cluster: `${TRAP};` })];
  matchEach(t, await incidentsOf(lines), [{ diagnosis: 'catch_all_capture', connections: 2 }]);
  t.equal((await shiftsOf(lines)).length, 1);
});

t.test('routing that goes to and fro is told once', async (t) => {
  const pass = (minute: number) => out(web, DIALLED, { time: at(minute), cluster: PASSTHROUGH });
  const lines = [...before, captured(10), pass(12), captured(14), pass(16), captured(18)];
  matchEach(t, await shiftsOf(lines), [
    { kind: 'passthrough_to_captured', after: { connections: 3, failures: 3 } },
  ]);
  const [incident] = await incidentsOf(lines);
  t.match(incident, { ended: null, connections: 3 });
  t.match(incident?.evidence.join(' '), /to and fro/);
});

t.test('changes within one hour are put in order by their lines', async (t) => {
  const pass = (minute: number) => out(web, DIALLED, { time: at(minute), cluster: PASSTHROUGH });
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    pass(1),
    pass(2),
    captured(10),
    captured(11),
    pass(58),
    pass(59),
  ];
  matchEach(t, await shiftsOf(lines), [
    { kind: 'captured_to_passthrough', last_before: '2024-05-01T10:11:00.000Z', after: { connections: 2 } },
    { kind: 'passthrough_to_captured', last_before: '2024-05-01T10:02:00.000Z', before: { connections: 2 } },
  ]);
});

t.test('a pod that replaces another takes over its destination at a new address', async (t) => {
  const moved = { ...cache, ip: '10.1.3.9' };
  const lines = [
    ...before,
    owned(moved, 6379, CACHE, at(5)),
    out(web, '10.1.3.9:6379', { time: at(10), cluster: TRAP, host: TRAP_HOST, ...FAILED }),
  ];
  matchEach(t, await shiftsOf(lines), [
    { kind: 'passthrough_to_captured', destination: { address: '10.1.3.9:6379', workload: 'cache' } },
  ]);
});

t.test('where no destination is the same, source pod and port join the two sides', async (t) => {
  const strange = pod('strange', '10.1.0.77');
  const lines = [
    ...before,
    owned(strange, 6379, 'strange.shop.svc.cluster.local', at(2)),
    out(web, '10.1.0.77:6379', { time: at(10), cluster: TRAP, host: TRAP_HOST, ...FAILED }),
  ];
  matchEach(t, await shiftsOf(lines), [
    { kind: 'passthrough_to_captured', last_before: '2024-05-01T10:01:00.000Z', source: { pod: web.name } },
  ]);
});

t.test('a new pod of a captured workload joins the incident without a change of its own', async (t) => {
  const young = pod('web', '10.1.0.55', 'zz9zz');
  const lines = [...before, captured(10), captured(120, young)];
  matchEach(t, await incidentsOf(lines), [
    { sources: [{ pod: web.name }, { pod: young.name }], connections: 2 },
  ]);
  t.equal((await shiftsOf(lines)).length, 1);
});

t.test('two unknown destinations behind one cluster prove a capture, one does not', async (t) => {
  const lines = (count: number) =>
    ['10.1.5.1:6379', '10.1.5.2:6379']
      .slice(0, count)
      .flatMap((to) => [
        out(web, to, { time: at(1), cluster: PASSTHROUGH }),
        out(web, to, { time: at(10), cluster: TRAP, host: TRAP_HOST, ...FAILED }),
      ]);
  t.notMatch(await incidentsOf(lines(1)), [{ diagnosis: 'catch_all_capture' }]);
  t.strictSame(await shiftsOf(lines(1)), []);
  const [incident] = await incidentsOf(lines(2));
  t.match(incident, { diagnosis: 'catch_all_capture', victims: ['10.1.5.1:6379', '10.1.5.2:6379'] });
  matchEach(t, await shiftsOf(lines(2)), [{ evidence: 'g2' }, { evidence: 'g2' }]);
});

t.test('an address that a younger pod has since is not the older pod', async (t) => {
  const heir = pod('heir', '10.1.0.7', 'hh5hh');
  const lines = [...before, owned(heir, 6379, 'heir.shop.svc.cluster.local', at(5)), captured(10)];
  matchEach(t, await incidentsOf(lines), [{ victims: ['heir'], destinations: [{ pod: heir.name }] }]);
});

t.test('a service that a catch-all takes over after it is gone is captured too', async (t) => {
  const vip = '10.96.0.10:6379';
  const named = (minute: number) =>
    out(web, vip, { time: at(minute), cluster: cluster(6379, CACHE), host: DIALLED });
  const lines = [
    ...before,
    named(1),
    named(2),
    captured(10),
    out(web, vip, { time: at(12), cluster: TRAP, host: TRAP_HOST, ...FAILED }),
  ];
  const kinds = (await shiftsOf(lines)).map((shift) => shift.kind);
  t.strictSame(kinds.sort(), ['passthrough_to_captured', 'service_to_captured']);
  t.equal((await incidentsOf(lines)).length, 1);
});

t.test('a capture opens what a black hole had closed', async (t) => {
  const hole = out(web, DIALLED, {
    time: at(1),
    cluster: 'BlackHoleCluster',
    host: null,
    response_flags: ['UH'],
  });
  const lines = [owned(cache, 6379, CACHE, at(0)), hole, captured(10)];
  matchEach(t, await shiftsOf(lines), [{ kind: 'blackhole_to_captured' }]);
});

t.test('a cluster that keeps addresses but names another service is a nominal capture', async (t) => {
  const name = cluster(6379, 'partner.example');
  const lines = [...before, out(web, DIALLED, { time: at(10), cluster: name })];
  matchEach(t, await incidentsOf(lines), [
    { diagnosis: 'nominal_capture', severity: 'medium', misdelivered: false, upstream_cluster: name },
  ]);
  matchEach(t, await shiftsOf(lines), [{ kind: 'passthrough_to_captured_nominal' }]);
});

t.test('strangers in several networks that passed before and share a cluster now are captured', async (t) => {
  const lines = ['203.0.113.5:6379', '198.51.100.7:6379'].flatMap((to, i) => [
    out(web, to, { time: at(1 + i), cluster: PASSTHROUGH }),
    out(web, to, { time: at(10 + i), cluster: TRAP, host: '10.1.0.8:6379' }),
  ]);
  matchEach(t, await shiftsOf(lines), [
    { kind: 'passthrough_to_captured', evidence: 'g2' },
    { kind: 'passthrough_to_captured', evidence: 'g2' },
  ]);
});

t.test(
  'the same capture is provisional by one connection and confirmed by a second, of whichever client',
  async (t) => {
    const [one] = await incidentsOf([...before, captured(10)]);
    t.match(one, { confirmed: false });
    t.match(one?.evidence.at(-1), /^Provisional: one connection/);
    matchEach(t, await shiftsOf([...before, captured(10)]), [{ confirmed: false }]);
    const second = [
      ...before,
      out(api, DIALLED, { time: at(2), cluster: PASSTHROUGH }),
      captured(10),
      captured(12, api),
    ];
    const [both] = await incidentsOf(second);
    t.match(both, { confirmed: true });
    t.notMatch(both?.evidence.join(' '), /Provisional/);
    t.strictSame(
      (await shiftsOf(second)).map((shift) => shift.confirmed),
      [true, true],
    );
  },
);

t.test('a recovery that one connection shows is provisional, whatever confirmed the capture', async (t) => {
  const lines = [
    ...before,
    captured(10),
    captured(11),
    out(web, DIALLED, { time: at(30), cluster: PASSTHROUGH }),
  ];
  matchEach(t, await shiftsOf(lines), [
    { kind: 'captured_to_passthrough', confirmed: false },
    { kind: 'passthrough_to_captured', confirmed: true },
  ]);
});

t.test('an incident keeps its id while it grows, in every direction', async (t) => {
  const id = async (lines: Parameters<typeof incidentsOf>[0]) =>
    (await incidentsOf(lines)).map((one) => one.id);
  const first = await id([...before, captured(10)]);
  t.equal(first.length, 1);
  t.strictSame(await id([...before, captured(10), captured(11), captured(12, api)]), first, 'later lines');
  t.strictSame(await id([...before, captured(9), captured(10)]), first, 'an earlier line that came late');
  const works = captured(11, web, {
    response_flags: [],
    bytes_sent: 500,
    upstream_local_address: '10.1.0.5:1',
  });
  const [found] = await incidentsOf([...before, captured(10), works]);
  t.match(found, { diagnosis: 'silent_misdelivery', id: first[0] }, 'another diagnosis of the same capture');
  const again = [
    ...before,
    captured(10),
    out(web, DIALLED, { time: at(60), cluster: PASSTHROUGH }),
    captured(120),
  ];
  const ids = await id(again);
  t.equal(new Set(ids).size, 2);
  t.equal(ids[1], first[0], 'the first episode, when there is a second');
});

t.test('the fan-in of many destinations on one cluster needs no history', async (t) => {
  const lines = [
    owned(other, 80, 'other.shop.svc.cluster.local', at(0)),
    ...['10.1.5.1:6379', '10.1.5.2:6379', '10.1.7.3:6379'].map((to, i) =>
      out(web, to, { time: at(10 + i), cluster: TRAP, host: TRAP_HOST, ...FAILED }),
    ),
  ];
  matchEach(t, await incidentsOf(lines), [
    {
      diagnosis: 'catch_all_capture',
      confirmed: true,
      onset: { after: null, before: '2024-05-01T10:10:00.000Z' },
      shifts: [],
      connections: 3,
    },
  ]);
});

t.test('a client without a name is told by its address, with what it did before', async (t) => {
  const nameless = { name: '', ip: '10.1.0.5' };
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    out(nameless, DIALLED, { time: at(1), cluster: PASSTHROUGH, pod: null }),
    out(nameless, DIALLED, { time: at(10), cluster: TRAP, host: TRAP_HOST, ...FAILED, pod: null }),
  ];
  matchEach(t, await incidentsOf(lines), [
    {
      sources: [{ pod: null, workload: null, ip: '10.1.0.5' }],
      onset: { after: '2024-05-01T10:01:00.000Z', before: '2024-05-01T10:10:00.000Z' },
    },
  ]);
  matchEach(t, await shiftsOf(lines), [{ source: { ip: '10.1.0.5' } }]);
});

t.test('a client without a name may have had another address before', async (t) => {
  const call = (ip: string, time: number, rest: object) =>
    out({ name: '', ip }, DIALLED, { time, pod: null, cluster: PASSTHROUGH, ...rest });
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    call('10.1.0.55', at(1), {}),
    call('10.1.0.5', at(10), { cluster: TRAP, host: TRAP_HOST, ...FAILED }),
  ];
  const [incident] = await incidentsOf(lines);
  t.match(incident, { onset: { after: '2024-05-01T10:01:00.000Z' }, shifts: [] });
  t.match(incident?.evidence.join(' '), /No client was seen in both routings.*10\.1\.0\.55/);
  t.match(incident?.sample_lines.length, 3);
});

t.test(
  'another workload that passes through on the port says nothing of when the capture began',
  async (t) => {
    const lines = [
      owned(cache, 6379, CACHE, at(0)),
      out(api, '10.1.9.9:6379', { time: at(5), cluster: PASSTHROUGH }),
      captured(10),
    ];
    matchEach(t, await incidentsOf(lines), [{ onset: { after: null } }]);
  },
);

t.test('the onset is settled only when connections of the old routing would have ended', async (t) => {
  const old = out(web, DIALLED, { time: at(2), cluster: PASSTHROUGH, duration: 3 * 3_600_000 });
  const later = (minute: number) => into(other, 80, '10.1.9.9:1', { time: at(minute) });
  const [open] = await incidentsOf([...before, old, captured(10), captured(11)]);
  t.match(open?.evidence.at(-1), /may still rise until 2024-05-01T13:10:00\.000Z/);
  const [settled] = await incidentsOf([...before, old, captured(10), captured(11), later(200)]);
  t.notMatch(settled?.evidence.join(' '), /may still rise/);
});

t.test('where the receiver is the service that was dialled it is no misdelivery', async (t) => {
  const canary = pod('cache-canary', '10.1.0.27', 'cc4cc');
  const lines = [
    ...before,
    owned(canary, 6379, CACHE, at(1)),
    captured(10, web, {
      upstream_host: '10.1.0.27:6379',
      response_flags: [],
      upstream_local_address: '10.1.0.5:33000',
    }),
    into(canary, 6379, '10.1.0.5:33000', { time: at(10) }),
  ];
  t.notMatch(await incidentsOf(lines), [{ misdelivered: true }]);
});

t.test(
  'what is dialled among pods and sent among service addresses is captured, by one line provisionally',
  async (t) => {
    const bent = out(web, '10.1.44.4:6379', { time: at(10), cluster: TRAP, host: TRAP_HOST, ...FAILED });
    const services = ['10.1.0.7:5432', '10.1.0.17:5432'].map((host, i) =>
      out(web, '10.96.0.9:5432', {
        time: at(3 + i),
        cluster: cluster(5432, 'db.shop.svc.cluster.local'),
        host,
      }),
    );
    const old = out(web, '10.1.44.4:6379', { time: at(2), cluster: PASSTHROUGH });
    matchEach(t, await shiftsOf([...before, ...services, old, bent]), [
      { kind: 'passthrough_to_captured', evidence: 'g3', confirmed: false },
    ]);
    t.strictSame(await shiftsOf([...before, old, bent]), [], 'where no service address is known');
  },
);

t.test(
  'behind a service address the pod that has the data is found by the address of the client',
  async (t) => {
    const through = (receiver: typeof other) => [
      ...before,
      captured(10, web, {
        response_flags: [],
        duration: 100,
        bytes_received: 700,
        bytes_sent: 90,
        upstream_local_address: '10.1.0.5:33000',
      }),
      into(receiver, 6379, '10.1.0.5:33000', { time: at(10), bytes_received: 700, bytes_sent: 90 }),
    ];
    const [incident] = await incidentsOf(through(other));
    t.match(incident, { diagnosis: 'silent_misdelivery', severity: 'critical', misdelivered: true });
    t.match(
      incident?.evidence[0],
      /^790 bytes were exchanged with other \(pod other-6f5d8c7b9d-bb2cc\).*behind the service address/,
    );
    t.ok(
      incident?.sample_lines.some((line) => line.includes('"downstream_local_address":"10.1.0.8:6379"')),
      'its line',
    );
    const twin = pod('cache', '10.1.0.17', 'dd4ff');
    matchEach(t, await incidentsOf(through(twin)), [{ diagnosis: 'catch_all_capture', misdelivered: false }]);
  },
);

t.test('clients of the port that go on as before are named', async (t) => {
  const goesOn = [5, 40].map((minute) =>
    out(other, '10.1.9.9:6379', { time: at(minute), cluster: PASSTHROUGH }),
  );
  const [incident] = await incidentsOf([...before, captured(10), captured(50), ...goesOn]);
  t.match(incident?.evidence.join(' '), /1 other client of this port still reach.*\(other\)/);
  const [alone] = await incidentsOf([...before, captured(10), captured(50), ...goesOn.slice(0, 1)]);
  t.notMatch(alone?.evidence.join(' '), /as before/);
});

t.test('where no pod was seen in both routings, another pod of the workload bounds the onset', async (t) => {
  const young = pod('web', '10.1.0.55', 'zz9zz');
  const lines = [
    owned(cache, 6379, CACHE, at(0)),
    out(web, '10.1.9.9:6379', { time: at(1), cluster: PASSTHROUGH }),
    captured(10, young),
  ];
  const [incident] = await incidentsOf(lines);
  t.match(incident, { onset: { after: '2024-05-01T10:01:00.000Z' }, shifts: [] });
  t.match(incident?.evidence.join(' '), /No client was seen in both routings.*web-6f5d8c7b9d-bb2cc/);
});
