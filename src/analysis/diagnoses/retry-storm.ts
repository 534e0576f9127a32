/** D30: a client that tries again without a pause. */
import { destinationRule } from './destination-rule.ts';
import { clientWords, type Diagnosis, placesWords, remedy, shellWord } from './diagnosis.ts';

export const retryStorm: Diagnosis = {
  id: 'retry_storm',
  tell: (subject) => ({
    title: `${clientWords(subject)} tries ${placesWords(subject)} again and again without a pause`,
    cause:
      'Since connections to this destination fail, the client opens many times as many as it did while they worked. It ' +
      'retries without waiting longer each time, which costs both sides and may keep the server from getting up. Why they ' +
      'fail is told by the other incident about this destination.',
    remedies: [
      remedy('Mend what fails first', 'application'),
      remedy('Wait longer after each attempt, with a bound and some chance in it', 'application'),
      remedy('Take hosts that fail out of the choice', 'DestinationRule', {
        yaml: destinationRule(
          subject,
          `outlierDetection:
  consecutive5xxErrors: 5
  baseEjectionTime: 30s`,
        ),
        caveat: 'For TCP a failed connection counts as such an error. It helps where some hosts work.',
      }),
    ],
    verify: [
      `kubectl logs ${shellWord(subject.clients[0]?.pod ?? 'POD')} -n ${shellWord(subject.clients[0]?.namespace ?? 'NAMESPACE')} --since=1h`,
    ],
  }),
};
