/** D23: connections that are closed because nobody used them. */
import { destinationRule } from './destination-rule.ts';
import { clientWords, type Diagnosis, placesWords, podArgument, remedy, shellWord } from './diagnosis.ts';

export const idleTimeout: Diagnosis = {
  id: 'idle_timeout',
  tell: (subject) => ({
    title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} are closed for being idle`,
    cause:
      'The proxy closes a TCP connection over which nothing went for an hour, and says nothing of why. Pools that keep ' +
      'connections for later find them closed when they want to use them, and the first query after a quiet time fails.',
    remedies: [
      remedy('Raise the limit, or let keep-alive probes of the application count as use', 'DestinationRule', {
        yaml: destinationRule(
          subject,
          `connectionPool:
  tcp:
    idleTimeout: 4h`,
        ),
        caveat: 'TCP keep-alive alone does not count as use: bytes must flow.',
      }),
      remedy('Close idle connections in the pool before the hour, or test them before use', 'application'),
    ],
    verify: [
      `istioctl pc listeners ${podArgument(subject.clients[0])} --port ${subject.port ?? 'PORT'} -o json`,
      `istioctl pc clusters ${podArgument(subject.clients[0])} --fqdn ${shellWord(subject.host ?? 'HOST')} -o json`,
    ],
  }),
};
