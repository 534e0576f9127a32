/** D32: somebody opens connections by the clock and says nothing on them. */
import { type Diagnosis, placeNames, placesWords, remedy, shellWord, verb } from './diagnosis.ts';

export const zeroByteConnections: Diagnosis = {
  id: 'zero_byte_connections',
  tell: (subject) => ({
    title: `${placesWords(subject)} ${verb(placeNames(subject), 'is', 'are')} checked by connections without a byte`,
    cause:
      'These connections come at a fixed interval, carry nothing and end at once: a load balancer or a node looks whether the ' +
      'port is open. They say nothing of what clients meet, and hide it where connections are counted or averaged. The proxy ' +
      'accepts them by itself, so that they succeed also while the application is down.',
    remedies: [
      remedy('Check the health of the application instead of the port', 'Service', {
        caveat:
          'A health check over HTTP or gRPC, at the load balancer; probes of the kubelet are rewritten by Istio and do not show here.',
      }),
      remedy('Leave them out of dashboards and alerts: filter them by their client address', 'dashboard'),
    ],
    verify: [
      `kubectl get service -n ${shellWord(subject.places[0]?.namespace ?? 'NAMESPACE')} -o yaml`,
      'kubectl get nodes -o wide',
    ],
  }),
};
