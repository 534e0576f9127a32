/** Every sample line of every known format, both ways. */
import t from 'tap';
import { type AccessLogEntry, EMPTY_ENTRY, NO_IDENTITY } from '../../src/domain/entry.ts';
import { formatName } from '../../src/domain/format-name.ts';
import { parseTime } from '../../src/domain/time.ts';
import { FORMATS } from '../../src/parse/compiled-formats.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import type { SampleEntry } from '../../src/parse/log-format.ts';
import { renderLine } from '../../src/parse/render.ts';

for (const format of FORMATS) {
  t.test(`${format.name}: its samples are read and rendered`, async (t) => {
    t.ok(format.samples.length > 0, 'has samples');
    for (const { line, entry } of format.samples) {
      const outcome = createLineParser({ format: null, identity: NO_IDENTITY }).push(line, true);
      if (outcome?.kind !== 'accepted') {
        t.strictSame(outcome, 'accepted', line);
        continue;
      }
      const read = outcome.line;
      t.equal(formatName(read.format), format.readAs ?? format.name, 'is told to be of that format');
      t.strictSame(read.entry, expected(entry), line);
      t.equal(read.raw, line, 'is kept as it was');
      if (!hasForm(line, format.kind)) {
        t.equal(read.rebuildable, false);
        continue;
      }
      t.equal(read.rebuildable, true, 'need not be kept');
      t.equal(renderLine(read.format, read.entry), line, 'is rendered again');
      if (format.kind !== 'text') continue;
      if (format.format.startsWith('{')) continue; // By itself, that is a map of keys for real JSON.
      const own = createLineParser({ format: format.format, identity: NO_IDENTITY }).push(line, true);
      t.match(
        own,
        { kind: 'accepted', line: { format: format.format, entry: read.entry } },
        'by its format string',
      );
    }
  });
}

t.test('names are kebab-case and unique', async (t) => {
  const names = FORMATS.map((format) => format.name);
  t.equal(new Set(names).size, names.length);
  for (const name of names) t.match(name, /^[a-z0-9.]+(?:-[a-z0-9.]+)*$/);
  for (const format of FORMATS) if (format.readAs !== null) t.ok(names.includes(format.readAs), format.name);
});

function expected(sample: SampleEntry): AccessLogEntry {
  return { ...EMPTY_ENTRY, ...sample, start_time: parseTime(sample.start_time) ?? Number.NaN };
}

/** True for text, and for JSON whose keys are sorted and none but the format's. */
function hasForm(line: string, kind: string): boolean {
  if (kind !== 'json') return kind === 'text';
  const keys = Object.keys(JSON.parse(line));
  return keys.join() === keys.toSorted().join() && !keys.includes('grpc_status');
}
