import { appendFileSync, closeSync, openSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { checkInputs, readChunks } from '../../src/cli/input.ts';
import { runCli } from '../helpers/cli.ts';
import { INCIDENT_TEXT } from '../helpers/incident-lines.ts';
import { createIo } from '../helpers/io.ts';
import { INCIDENT_ZSTD } from '../helpers/zstd.ts';

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

const UTF_16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(INCIDENT_TEXT, 'utf16le')]);
/** Forms in which the same text may come. */
const FORMS: Record<string, Buffer> = {
  plain: Buffer.from(INCIDENT_TEXT),
  gzip: gzipSync(INCIDENT_TEXT),
  zstd: INCIDENT_ZSTD,
  'utf-16': UTF_16,
  'utf-16 in gzip': gzipSync(UTF_16),
};
/** The first bytes of a tar archive. */
const TAR = Buffer.concat([Buffer.alloc(257), Buffer.from('ustar'), Buffer.alloc(250)]);
const REFUSED: Record<string, Buffer> = {
  xz: Buffer.from('fd377a585a000004', 'hex'),
  bzip2: Buffer.from('BZh91AY'),
  zip: Buffer.from('504b0304140000', 'hex'),
  tar: TAR,
};

t.test('the same text is read in every form, from a file and from a pipe', async (t) => {
  const directory = t.testdir(FORMS);
  for (const [name, bytes] of Object.entries(FORMS)) {
    const path = join(directory, name);
    const io = createIo({ stdin: bytes });
    t.same(await checkInputs([path], io), [path]);
    t.equal(await textOf(readChunks(path, io)), INCIDENT_TEXT, name);
    t.equal(await textOf(readChunks('-', io)), INCIDENT_TEXT, `${name}, piped`);
  }
});

t.test('a file of many chunks is read whole, by its name and as standard input', async (t) => {
  const path = join(t.testdir(), 'long.log');
  const lines = Array.from({ length: 300_000 }, (_, i) => `line ${i}\n`).join('');
  writeFileSync(path, lines);
  const fd = openSync(path, 'r');
  t.teardown(() => closeSync(fd));
  const io = createIo();
  const stdin = Object.assign(io.stdin, { fd });
  for (const name of [path, '-']) {
    let text = '';
    let chunks = 0;
    for await (const chunk of readChunks(name, { ...io, stdin })) {
      text += Buffer.from(chunk).toString();
      chunks++;
    }
    t.ok(text === lines, `all of ${name}`);
    t.ok(chunks > 3, `${chunks} chunks`);
  }
});

t.test('what else waits has its turn while a large file is read', async (t) => {
  const path = join(t.testdir({ 'large.log': '' }), 'large.log');
  const size = 8 * 2 ** 30;
  truncateSync(path, size);
  const io = createIo();
  setTimeout(() => io.interrupt(), 10);
  let length = 0;
  for await (const chunk of readChunks(path, io)) length += chunk.length;
  t.ok(length > 0 && length < size / 2, `${length} bytes were read before the interrupt`);
});

t.test('a file that cannot be read any more is told as one that cannot be opened', async (t) => {
  const path = join(t.testdir({ 'some.log': INCIDENT_TEXT }), 'some.log');
  const fd = openSync(path, 'a');
  t.teardown(() => closeSync(fd));
  const io = createIo();
  const reading = textOf(readChunks('-', { ...io, stdin: Object.assign(io.stdin, { fd }) }));
  await t.rejects(reading, { code: 'file_unreadable', message: 'cannot read standard input: EBADF' });
});

t.test('what is appended to a file while it is read is read as well', async (t) => {
  const path = join(t.testdir({ 'some.log': INCIDENT_TEXT }), 'some.log');
  let text = '';
  for await (const chunk of readChunks(path, createIo())) {
    if (text === '') appendFileSync(path, 'more\n');
    text += Buffer.from(chunk).toString();
  }
  t.equal(text, `${INCIDENT_TEXT}more\n`);
});

t.test('a pipe may cut anywhere', async (t) => {
  for (const [name, bytes] of Object.entries(FORMS)) {
    const io = { ...createIo(), stdin: Readable.from([...bytes].map((byte) => Buffer.of(byte))) };
    t.equal(await textOf(readChunks('-', io)), INCIDENT_TEXT, name);
  }
  const array = ['[', '\n', ' {"message":', '"a"}', ']'].map((text) => Buffer.from(text));
  const io = { ...createIo(), stdin: Readable.from(array) };
  t.equal(await textOf(readChunks('-', io)), '{"message":"a"}\n', 'an array');
});

t.test('an array in any of them is one record a line', async (t) => {
  const records = [{ message: 'a' }, { message: 'b' }];
  const packed = gzipSync(JSON.stringify(records, null, 2));
  t.equal(
    await textOf(readChunks('-', createIo({ stdin: packed }))),
    records.map((record) => `${JSON.stringify(record)}\n`).join(''),
  );
});

t.test('what has to be unpacked first is refused, with the command that does it', async (t) => {
  const directory = t.testdir(REFUSED);
  for (const [name, bytes] of Object.entries(REFUSED)) {
    const said = {
      code: 'input_compressed',
      message: name,
      remedy: /`(xz -dc|bzip2 -dc|unzip -p|tar -xOf) \S+ \| meshwake …`/,
    };
    await t.rejects(checkInputs([join(directory, name)], createIo()), said, 'before anything is read');
    await t.rejects(textOf(readChunks('-', createIo({ stdin: bytes }))), said, `${name}, piped`);
  }
  const path = join(t.testdir({ 'logs.tar.gz': gzipSync(TAR) }), 'logs.tar.gz');
  const said = { code: 'input_compressed', message: /a tar archive/ };
  await t.rejects(checkInputs([path], createIo()), {
    ...said,
    remedy: `unpack it first: \`tar -xzOf ${path} | meshwake …\``,
  });
  const inside = textOf(readChunks('-', createIo({ stdin: gzipSync(TAR) })));
  await t.rejects(inside, { ...said, remedy: /`tar -xzOf FILE/ });
});

t.test('damage is told, and an interrupt is no damage', async (t) => {
  const cut = gzipSync(INCIDENT_TEXT).subarray(0, 200);
  const reading = textOf(readChunks('-', createIo({ stdin: cut })));
  await t.rejects(reading, {
    code: 'input_damaged',
    message: 'cannot unpack standard input: unexpected end of file',
  });
  const io = createIo({ stdin: cut });
  io.interrupt();
  t.equal(await textOf(readChunks('-', io)), '');
});

t.test('the answer to a query of Loki is one record a line, from a file and from a pipe', async (t) => {
  const values = INCIDENT_TEXT.trimEnd()
    .split('\n')
    .map((line, at) => [String(at), line.replace(/^\S+ istio-proxy /, '')]);
  const stream = { pod: 'web-0', namespace: 'shop', container: 'istio-proxy' };
  const text = JSON.stringify({
    status: 'success',
    data: { resultType: 'streams', result: [{ stream, values }] },
  });
  const directory = t.testdir({ 'loki.json': text, 'loki.json.gz': gzipSync(text) });
  const db = join(directory, 'm.db');
  for (const name of ['loki.json', 'loki.json.gz', '-']) {
    const stdin = name === '-' ? { stdin: text } : {};
    const file = name === '-' ? name : join(directory, name);
    const { stdout, stderr } = await runCli(['ingest', '--db', db, '-o', 'json', file], stdin);
    t.match(JSON.parse(stdout), { received: 7, skipped: 1, rejected: 0 }, `${name}: ${stderr}`);
  }
  const held = await runCli(['get', 'connections', '--db', db, '-o', 'ndjson']);
  const lines = held.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.equal(lines.length, 6);
  t.match(lines[0], { ...stream, envelope: 'loki' });
});
