/** D29: one host carries most of what is sent, with no more connections than the others. */
import { destinationRule } from './destination-rule.ts';
import { clientWords, type Diagnosis, placesWords, podArgument, remedy, shellWord } from './diagnosis.ts';

export const hotEndpoint: Diagnosis = {
  id: 'hot_endpoint',
  tell: (subject) => ({
    title: `Most bytes of ${clientWords(subject)} to ${subject.host ?? placesWords(subject)} go over one of its hosts`,
    cause:
      'Connections are spread evenly and what is sent is not: the busy ones are pinned to one host for as long as they last. ' +
      'A balancer of connections does not see that, and more hosts do not help.',
    remedies: [
      remedy('Limit how long a connection lasts, so that busy ones move', 'DestinationRule', {
        yaml: destinationRule(
          subject,
          `connectionPool:
  tcp:
    maxConnectionDuration: 30m`,
        ),
        caveat: 'It cuts what is under way: the client has to be able to connect again.',
      }),
      remedy('Spread the load of one client over several connections', 'application'),
    ],
    verify: [
      `istioctl pc endpoints ${podArgument(subject.clients[0])} --cluster ${shellWord(subject.cluster ?? 'CLUSTER')} -o json`,
      'kubectl top pods -A',
    ],
  }),
};
