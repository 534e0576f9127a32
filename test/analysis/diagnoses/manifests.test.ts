/** What strangers wrote is a value in a manifest, and a word in a command. */
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { type Subject, yamlWord } from '../../../src/analysis/diagnoses/diagnosis.ts';
import { allDiagnoses } from '../../helpers/all-diagnoses.ts';

/** All that stands in a log is this. */
const subject = (text: string): Subject => ({
  port: 5701,
  cluster: `outbound|5701||${text}`,
  host: text,
  service: text,
  namespace: text,
  upstreamHosts: [text],
  clients: [{ pod: text, workload: text, namespace: text, ip: text }],
  places: [{ address: text, ip: text, port: 5701, pod: text, workload: text, namespace: text, owner: text }],
  victims: [text],
  connections: 2,
  failures: 1,
  bytes: 3,
  durationMax: 4,
  reasons: [text],
});

const HOSTILE = [
  'x\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: evil}\n#',
  'x\r\n  evil: true',
  '"\nevil: true #',
  '\u0085evil: true',
  '\u2028evil: true',
  '\u001b[31mred',
  '\u202ereversed',
  '\ud800 alone',
  '\u{1f600}',
];

/** Which fields there are, and which values are none of ours. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shapeOf(one)]));
}

t.test('every manifest has the fields that it has of a harmless name', async (t) => {
  let manifests = 0;
  for (const diagnosis of await allDiagnoses()) {
    const expected = diagnosis.tell(subject('harmless-name')).remedies;
    for (const text of HOSTILE) {
      for (const [index, { yaml }] of diagnosis.tell(subject(text)).remedies.entries()) {
        if (yaml === null) continue;
        manifests++;
        t.match(yaml, /^[\x20-\x7e\n]*$/, `${diagnosis.id}: plain`);
        const [given, harmless] = [yaml, expected[index]?.yaml ?? ''].map((each) =>
          parseAllDocuments(each).map((document) => shapeOf(document.toJS())),
        );
        t.strictSame(given, harmless, `${diagnosis.id}: ${yamlWord(text)}`);
      }
    }
  }
  t.ok(manifests > 50, `${manifests} manifests`);
});

t.test('a command to verify runs nothing that stands in a log', async (t) => {
  for (const diagnosis of await allDiagnoses()) {
    for (const text of [
      'x; touch evil',
      '$(touch evil)',
      '`touch evil`',
      "'; touch evil; '",
      'x\ntouch evil',
      '-touch',
    ]) {
      for (const command of diagnosis.tell(subject(text)).verify) {
        // What stands between single quotes, and a quote behind a backslash, is a word whatever it is.
        const bare = command.replace(/'[^']*'|\\'/g, '');
        t.notMatch(bare, 'touch', `${diagnosis.id}: ${JSON.stringify(text)}`);
      }
    }
  }
});

t.test('a word of YAML is the text again when it is read', async (t) => {
  for (const text of [...HOSTILE, 'plain', 'true', '1', '', ' x ', "it's"]) {
    t.equal(parseAllDocuments(yamlWord(text))[0]?.toJS(), text.toWellFormed());
  }
});
