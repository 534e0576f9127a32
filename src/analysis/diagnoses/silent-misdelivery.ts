/** D2: a captured connection that works: the wrong process has the data. */
import { captureChecks, captureRemedies, objectWords } from './capture-remedies.ts';
import { captureCause } from './catch-all-capture.ts';
import { clientWords, type Diagnosis, listWords } from './diagnosis.ts';

export const silentMisdelivery: Diagnosis = {
  id: 'silent_misdelivery',
  tell: (subject) => ({
    title: `Port ${subject.port}: data from ${clientWords(subject)} meant for ${listWords(subject.victims)} reaches ${objectWords(subject)} instead`,
    cause:
      `${captureCause(subject)} Here the other side answers, so nothing fails: ${subject.bytes} bytes were exchanged ` +
      `with a process that was never dialled. Treat it as an exposure of data.`,
    remedies: captureRemedies(subject),
    verify: captureChecks(subject),
  }),
};
