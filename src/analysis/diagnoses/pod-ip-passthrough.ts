/** D6: pods that were called through a service are now called past the mesh, by address. */
import {
  clientNames,
  clientWords,
  type Diagnosis,
  placesWords,
  podArgument,
  remedy,
  verb,
} from './diagnosis.ts';
import { headlessService } from './headless-service.ts';

export const podIpPassthrough: Diagnosis = {
  id: 'pod_ip_passthrough',
  tell: (subject) => {
    const place = subject.places[0];
    return {
      title: `${clientWords(subject)} now ${verb(clientNames(subject), 'reaches', 'reach')} ${placesWords(subject)} past the mesh`,
      cause:
        'The proxy has no listener for these pod addresses any more and passes the connections through as they are: in ' +
        'plaintext, without identity and retries, and open to capture by any catch-all on the port. The headless service ' +
        'that named the pods, or its port, is gone or hidden.',
      remedies: [
        remedy('Give the pods a headless service with this port, and call it by name', 'Service', {
          yaml: headlessService({
            workload: place?.workload ?? null,
            namespace: place?.namespace ?? null,
            port: subject.port,
          }),
          caveat: 'Needs Istio 1.4 or later.',
        }),
      ],
      verify: [`istioctl pc listeners ${podArgument(subject.clients[0])} --port ${subject.port ?? 'PORT'}`],
    };
  },
};
