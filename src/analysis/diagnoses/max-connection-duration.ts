/** D26: a limit on the life of connections was reached. */
import { destinationRule } from './destination-rule.ts';
import { clientWords, type Diagnosis, placesWords, podArgument, remedy, shellWord } from './diagnosis.ts';

export const maxConnectionDuration: Diagnosis = {
  id: 'max_connection_duration',
  tell: (subject) => ({
    title: `Connections of ${clientWords(subject)} to ${placesWords(subject)} are cut when their time is up`,
    cause:
      'The proxy closed these connections because they had lasted as long as maxConnectionDuration allows, whatever they ' +
      'were doing. Mostly that is meant, so that clients come back and spread anew; an application that does not ' +
      'expect it sees broken connections.',
    remedies: [
      remedy('Raise or remove the limit', 'DestinationRule', {
        yaml: destinationRule(
          subject,
          `connectionPool:
  tcp:
    maxConnectionDuration: 24h`,
        ),
        caveat: 'Long lives pin clients to the hosts that they found first.',
      }),
      remedy('Let the clients open a new connection before the limit', 'application'),
    ],
    verify: [
      `istioctl pc clusters ${podArgument(subject.clients[0])} --fqdn ${shellWord(subject.host ?? 'HOST')} -o json`,
      'kubectl get destinationrules -A -o yaml',
    ],
  }),
};
