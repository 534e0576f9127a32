import t from 'tap';
import { beginsEvidence, evidenceLines, mayBeginEvidence } from '../../src/cli/evidence-file.ts';

async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  // One buffer that is filled again and again, as files are read.
  const buffer = Buffer.alloc(7);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += buffer.length) {
    const length = bytes.copy(buffer, 0, at);
    yield buffer.subarray(0, length);
  }
}

async function read(text: string): Promise<{ records: unknown[]; told: unknown[] }> {
  const told: unknown[] = [];
  let lines = '';
  const onEvidence = (incident: object, name: string) => void told.push([incident, name]);
  for await (const piece of evidenceLines('e.json', chunksOf(text), onEvidence)) lines += Buffer.from(piece);
  return {
    records: lines
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
    told,
  };
}

t.test('knows the beginning of a document from that of a log line', async (t) => {
  for (const head of ['{"kind":"meshwake.evidence","version":1', '\ufeff {\n  "kind" : "meshwake.evidence"'])
    t.ok(beginsEvidence(Buffer.from(head)), head);
  for (const head of ['{"kind":"other"', '{"start_time":"x"', '[{"kind":"meshwake.evidence"', ''])
    t.notOk(beginsEvidence(Buffer.from(head)), head);
});

t.test('knows while it cannot know', async (t) => {
  for (const head of ['', '{', '{ "ki', '{"kind":"meshwake.eviden'])
    t.ok(mayBeginEvidence(Buffer.from(head)), JSON.stringify(head));
  for (const head of ['{"start', '{"kind":"x', 'a', ' '.repeat(1_024)])
    t.notOk(mayBeginEvidence(Buffer.from(head)), head);
});

t.test('gives each line with who wrote it, and tells the incident', async (t) => {
  const lines = [
    { line: '[2024] "x"\u2028', pod: 'web-0', namespace: 'shop', container: 'istio-proxy', node: null },
    { line: '{"a":1}', pod: null },
    'nonsense',
  ];
  const incident = { id: 'i', diagnosis: 'catch_all_capture' };
  const { records, told } = await read(
    JSON.stringify({ kind: 'meshwake.evidence', version: 1, incident, lines }, null, 2),
  );
  t.strictSame(told, [[incident, 'e.json']]);
  const named = { podName: 'web-0', namespace: 'shop', containerName: 'istio-proxy', nodeName: '' };
  const nobody = { podName: '', namespace: '', containerName: '', nodeName: '' };
  t.strictSame(records, [
    { message: '[2024] "x"\u2028', ...named },
    { message: '{"a":1}', ...nobody },
    { message: '', ...nobody },
  ]);
});

t.test('a document that is broken or of another version is refused', async (t) => {
  const rows: [text: string, message: RegExp][] = [
    ['{"kind":"meshwake.evidence",', /it is no JSON, or cut off/],
    ['{"version":2}', /got version 2, expected 1/],
    ['{}', /got version nothing, expected 1/],
    ['{"version":1,"incident":{},"lines":[]}', /no incident or no lines/],
    ['{"version":1,"incident":{"id":"i"}}', /no incident or no lines/],
  ];
  for (const [text, message] of rows) await t.rejects(read(text), { code: 'bad_body', message });
});
