/** D13: the network says that the address cannot be reached. */
import {
  clientWords,
  type FailureDiagnosis,
  listWords,
  placesWords,
  podArgument,
  remedy,
} from './diagnosis.ts';

export const noRouteToHost: FailureDiagnosis = {
  id: 'no_route_to_host',
  matches: ({ flags, reason }) =>
    flags.includes('UF') &&
    /:_?(?:113|101)$|no[_ ]route[_ ]to[_ ]host|(?:network|host)[_ ]is[_ ](?:unreachable|down)/.test(reason),
  tell: (subject) => ({
    title: `No route from ${clientWords(subject)} to ${placesWords(subject)}`,
    cause:
      `The network reported that ${listWords(subject.upstreamHosts)} cannot be reached: the pod or its node is gone and the ` +
      `proxy still has the old endpoint, or a firewall rejects the traffic.`,
    remedies: [
      remedy('Check the node; shorten the time until endpoints of lost nodes are removed', 'Node'),
      remedy('Let the firewall pass this traffic', 'NetworkPolicy'),
    ],
    verify: [`istioctl pc endpoints ${podArgument(subject.clients[0])}`, 'kubectl get pods -A -o wide'],
  }),
};
