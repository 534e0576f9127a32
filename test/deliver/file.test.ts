/** Reports as files: names, links in the way, and what is there already. (D7) */
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fileCarrier } from '../../src/deliver/file.ts';
import { makeStoredReport } from '../helpers/stored-report.ts';

const SIGNAL = new AbortController().signal;
const render = ({ id }: { readonly id: string }): string => `report ${id}\n`;

t.test('a report is a file in the directory, once, whatever was left there', async (t) => {
  const directory = t.testdir({
    '.daily-20240305T090000Z.html.unfinished': 'left by somebody who was killed',
  });
  const carrier = fileCarrier({ type: 'file', name: 'a', directory, file: null }, { render });
  const report = makeStoredReport();
  await carrier.deliver({ id: 'x', report }, SIGNAL);
  await carrier.deliver({ id: 'x', report }, SIGNAL);
  await carrier.deliver({ id: 'y', report: makeStoredReport({ id: 'other', format: 'markdown' }) }, SIGNAL);
  t.strictSame(readdirSync(directory).sort(), ['daily-20240305T090000Z.html', 'other.md']);
  const path = join(directory, 'daily-20240305T090000Z.html');
  t.equal(readFileSync(path, 'utf8'), 'report daily-20240305T090000Z\n');
  t.equal(statSync(path).mtimeMs, report.until, 'it is of then');
  t.equal(statSync(path).mode & 0o007, 0, 'it is nobody else’s');
});

t.test('a file holds the newest report, also where an older one comes late', async (t) => {
  const file = join(t.testdir({}), 'latest.html');
  const carrier = fileCarrier({ type: 'file', name: 'a', directory: null, file }, { render });
  const of = (day: number) => {
    const report = makeStoredReport({ id: `day-${day}`, until: Date.UTC(2024, 2, day, 9) });
    return carrier.deliver({ id: 'x', report }, SIGNAL);
  };
  await of(5);
  await of(7);
  await of(6);
  t.equal(readFileSync(file, 'utf8'), 'report day-7\n');
  await of(7);
  await of(8);
  t.equal(readFileSync(file, 'utf8'), 'report day-8\n');
});

t.test('a link in the way leads nowhere', async (t) => {
  const directory = t.testdir({ out: {}, secret: 'do not touch' });
  const secret = join(directory, 'secret');
  const out = join(directory, 'out');
  symlinkSync(secret, join(out, 'daily-20240305T090000Z.html'));
  symlinkSync(secret, join(out, '.daily-20240305T090000Z.html.unfinished'));
  const carrier = fileCarrier({ type: 'file', name: 'a', directory: out, file: null }, { render });
  await carrier.deliver({ id: 'x', report: makeStoredReport() }, SIGNAL);
  t.equal(readFileSync(secret, 'utf8'), 'do not touch');
  t.equal(readFileSync(join(out, 'daily-20240305T090000Z.html'), 'utf8'), 'report daily-20240305T090000Z\n');
});

t.test('what cannot be written is told, and leaves nothing half', async (t) => {
  const missing = join(t.testdir({}), 'missing');
  const carrier = fileCarrier({ type: 'file', name: 'a', directory: missing, file: null }, { render });
  const delivered = carrier.deliver({ id: 'x', report: makeStoredReport() }, SIGNAL);
  await t.rejects(delivered, { name: 'DeliveryError', message: /cannot write .*missing.*ENOENT/ });
  t.notOk(existsSync(missing));
});
