import t from 'tap';
import { NO_IDENTITY } from '../../src/domain/entry.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';

const LINE =
  'web-0 istio-proxy [2024-03-05T10:00:00.000Z] "- - -" 0 - - - "-" 1 2 3 - "-" "-" "-" "-" "10.0.0.1:80" outbound|80||a.b.svc.cluster.local 10.0.0.2:40000 10.0.0.3:80 10.0.0.2:40002 - -';

t.test('a line that copying added blanks to is read as without them, and keeps its bytes', async (t) => {
  const read = (line: string) => createLineParser({ format: null, identity: NO_IDENTITY }).push(line, true);
  const plain = read(LINE);
  for (const blanks of [' ', '  ', '\t', ' \t ']) {
    const outcome = read(LINE + blanks);
    if (plain?.kind !== 'accepted' || outcome?.kind !== 'accepted') {
      t.fail(JSON.stringify(blanks));
      continue;
    }
    t.same(outcome.line.entry, plain.line.entry);
    t.equal(outcome.line.raw, plain.line.raw + blanks);
    t.notOk(outcome.line.rebuildable);
  }
  t.equal(read('no access log ')?.kind, 'rejected');
});
