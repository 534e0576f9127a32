/** Reports as files: each whole or not at all, and once, whatever is killed when. */

import { constants } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Carrier, DeliveryError } from '../domain/delivery.ts';
import { messageOf } from '../domain/errors.ts';
import type { ReportFormat } from '../domain/report.ts';
import type { FileTarget } from '../domain/report-plan.ts';
import type { StoredReport } from '../domain/report-store.ts';
import type { CarrierDeps } from './deps.ts';

const ENDINGS: Readonly<Record<ReportFormat, string>> = {
  text: 'txt',
  markdown: 'md',
  json: 'json',
  html: 'html',
};

/**
 * In a directory, a report is a file with its id for a name. A single file holds the newest report; its time of change is the
 * end of the report's window, by which a report that comes late is known to be older.
 */
export function fileCarrier(
  { name, directory, file }: FileTarget,
  { render }: Pick<CarrierDeps, 'render'>,
): Carrier {
  return {
    target: name,
    type: 'file',
    destination: directory ?? file ?? '',
    async deliver({ report }, signal) {
      const path =
        file === null ? join(directory ?? '', `${report.id}.${ENDINGS[report.format]}`) : resolve(file);
      try {
        if (file !== null && (await isNewer(path, report))) return;
        await writeWhole(path, render(report), report.until, signal);
      } catch (error) {
        throw new DeliveryError(`cannot write ${path}: ${messageOf(error)}`, { cause: error });
      }
    },
  };
}

async function isNewer(path: string, { until }: StoredReport): Promise<boolean> {
  const there = await stat(path).catch(() => null);
  return there !== null && Math.floor(there.mtimeMs) > until;
}

/** A file with a name of its own that becomes the other one when it is on the disk. */
async function writeWhole(path: string, text: string, time: number, signal: AbortSignal): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path)}.unfinished`);
  // Left by somebody who was killed. One target writes one file at a time.
  await rm(unfinished, { force: true });
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(unfinished, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640);
  try {
    await file.writeFile(text, { signal });
    await file.utimes(time / 1_000, time / 1_000);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
