/**
 * Writes `samples/`: invented lines in every format and envelope, always the same ones.
 * Run: `node --import tsx scripts/samples.ts`.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { envelopeFiles } from './sample-lines/envelopes.ts';
import { formatFiles } from './sample-lines/formats.ts';
import { incident, NAMESPACE } from './sample-lines/incident.ts';

/** Shape: path within `samples/` to text. */
export function sampleFiles(): Map<string, string> {
  const lines = incident();
  const stern = lines.map(({ pod, message }) => `${pod.name} istio-proxy ${message}\n`).join('');
  const few = [
    ...lines.slice(2, 9),
    ...lines.filter((line) => line.entry?.response_flags.length).slice(0, 2),
  ];
  const entries = few.flatMap(({ entry }) => (entry === null ? [] : [entry])).slice(2);
  const files = new Map([['incident-article.log', stern]]);
  for (const [name, text] of envelopeFiles(few, NAMESPACE)) files.set(`envelopes/${name}`, text);
  for (const [name, text] of formatFiles(entries)) files.set(`formats/${name}`, text);
  return files;
}

const self = fileURLToPath(import.meta.url);
if (process.argv[1] === self) {
  for (const [name, text] of sampleFiles()) {
    const path = join(dirname(self), '..', 'samples', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
