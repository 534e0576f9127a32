/** D5: a port that one catch-all had taken goes over to another. */
import { captureChecks, captureRemedies, objectWords } from './capture-remedies.ts';
import { captureCause } from './catch-all-capture.ts';
import { clientWords, type Diagnosis, listWords } from './diagnosis.ts';

export const portOwnerChanged: Diagnosis = {
  id: 'port_owner_changed',
  tell: (subject) => ({
    title: `Port ${subject.port}: the capture of ${clientWords(subject)}'s traffic to ${listWords(subject.victims)} passed to ${objectWords(subject)}`,
    cause:
      `Of several objects that want ${`0.0.0.0:${subject.port}`}, the oldest has it and the others are dropped without a word. ` +
      `The one before is gone, or was deleted and created again and is now the youngest. ${captureCause(subject)}`,
    remedies: captureRemedies(subject),
    verify: [
      'kubectl get services,serviceentries -A --sort-by=.metadata.creationTimestamp',
      ...captureChecks(subject),
    ],
  }),
};
