/** D40: the clocks of two places disagree. */
import { type Diagnosis, listWords, remedy } from './diagnosis.ts';

export const clockSkew: Diagnosis = {
  id: 'clock_skew',
  tell: (subject) => ({
    title: `Clocks disagree between ${listWords([...new Set(subject.clients.map((one) => one.pod ?? 'an unnamed pod'))])} and ${listWords([...new Set(subject.places.map((place) => place.pod ?? place.ip))])}`,
    cause:
      'Both ends of the same connections are logged at times that differ by more than a network explains. The clock of a ' +
      'node is off, so the order of its lines among those of other nodes is not what happened: times of changes that ' +
      'rest on them are off by as much.',
    remedies: [
      remedy('Set the clock of the node by a time service, and watch that it stays so', 'Node', {
        caveat:
          'A clock that is set back makes lines of the past: ids and order of what was read before stay as they are.',
      }),
    ],
    verify: ['kubectl get pods -A -o wide', 'kubectl debug node/NODE -it --image=busybox -- date -u'],
  }),
};
