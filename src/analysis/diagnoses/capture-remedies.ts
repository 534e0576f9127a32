/** What mends a listener that takes a whole port, with the manifests filled in. Shared by the capture diagnoses. */
import { hostService } from '../../domain/cluster-name.ts';
import type { Remedy } from '../../domain/resources.ts';
import { listWords, podArgument, remedy, type Subject, shellWord, yamlWord } from './diagnosis.ts';
import { headlessService } from './headless-service.ts';

/** The remedies in the order in which to try them. */
export function captureRemedies(subject: Subject): Remedy[] {
  return [
    takePortAway(subject),
    hideService(subject),
    scopeClients(subject),
    replaceByVirtualService(subject),
    nameThePods(subject),
    separatePorts(subject),
    useSni(subject),
    prefixPortName(subject),
    callByName(subject),
  ];
}

/** Commands that show the listener, the cluster and the object behind it. */
export function captureChecks(subject: Subject): string[] {
  const pod = podArgument(subject.clients[0]);
  const port = subject.port ?? 'PORT';
  const fqdn = shellWord(subject.host ?? 'HOST');
  const namespace = subject.namespace === null ? '-A' : `-n ${shellWord(subject.namespace)}`;
  return [
    `istioctl pc listeners ${pod} --port ${port}`,
    `istioctl pc listeners ${pod} --port ${port} --address 0.0.0.0 -o json`,
    `istioctl pc clusters ${pod} --fqdn ${fqdn} --port ${port} -o json`,
    `kubectl get services,serviceentries ${namespace} --sort-by=.metadata.creationTimestamp`,
    'istioctl analyze -A',
  ];
}

/** `service app-ext in namespace app`, or the host where it is no Kubernetes service. */
export function objectWords(subject: Subject): string {
  if (subject.service !== null) return `${subject.service} in namespace ${subject.namespace}`;
  return subject.host ?? 'the owner of the cluster';
}

function takePortAway(subject: Subject): Remedy {
  const { port } = subject;
  const caveat =
    'Ports of an ExternalName have an effect up to Istio 1.20 only. From 1.21 on, look for a ServiceEntry of ' +
    'protocol TCP without addresses, and give it addresses (or turn on DNS capture with automatic allocation).';
  const yaml = subject.service === null ? serviceEntryWithAddress(subject) : externalNameWithoutPort(subject);
  return remedy(`Stop declaring port ${port} on ${objectWords(subject)}`, 'Service', { yaml, caveat });
}

function externalNameWithoutPort(subject: Subject): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${yamlWord(subject.service ?? 'NAME')}
  namespace: ${yamlWord(subject.namespace ?? 'NAMESPACE')}
spec:
  type: ExternalName
  externalName: KEEP.THE.NAME.IT.HAS
  # keep the other ports, leave out ${subject.port}
`;
}

function serviceEntryWithAddress(subject: Subject): string {
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: NAME
  namespace: NAMESPACE
spec:
  hosts: [${yamlWord(subject.host ?? 'HOST')}]
  addresses: [ADDRESS-OF-THE-HOST]  # with addresses it takes these only, not the whole port
  ports:
    - number: ${subject.port}
      name: tcp-${subject.port}
      protocol: TCP
  resolution: DNS
`;
}

function hideService(subject: Subject): Remedy {
  const yaml =
    subject.service === null
      ? undefined
      : `apiVersion: v1
kind: Service
metadata:
  name: ${yamlWord(subject.service)}
  namespace: ${yamlWord(subject.namespace ?? 'NAMESPACE')}
  annotations:
    networking.istio.io/exportTo: "."
`;
  return remedy(`Hide ${objectWords(subject)} from other namespaces`, 'exportTo', {
    ...(yaml === undefined ? {} : { yaml }),
    caveat:
      'Pods of its own namespace still see it and are still captured. A ServiceEntry has the field spec.exportTo instead. ' +
      'A mesh-wide defaultServiceExportTo of "." does the same for every service.',
  });
}

function scopeClients(subject: Subject): Remedy {
  const namespace = subject.clients[0]?.namespace ?? null;
  const yaml = `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata:
  name: default
  namespace: ${yamlWord(namespace ?? 'NAMESPACE')}
spec:
  egress:
    - hosts:
        - "./*"
        - "istio-system/*"
        # add what these clients call elsewhere, but not the namespace of the capture
`;
  return remedy(
    `Let ${namespace ?? "the clients' namespace"} see only the services that it calls`,
    'Sidecar',
    {
      yaml,
      caveat:
        'Services left out of the list become unknown to these pods: list all that they use. Best set up early.',
    },
  );
}

function replaceByVirtualService(subject: Subject): Remedy {
  const name = subject.service ?? 'NAME';
  const yaml = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${yamlWord(name)}
  namespace: ${yamlWord(subject.namespace ?? 'NAMESPACE')}
spec:
  hosts: [HOST-THAT-CLIENTS-CALL]
  http:
    - route:
        - destination:
            host: HOST-THAT-SHOULD-ANSWER
            port:
              number: 8080
`;
  return remedy('Redirect by a VirtualService instead of an ExternalName', 'VirtualService', {
    yaml,
    caveat:
      'This form moves HTTP only: it changes routes and cuts no connection. A tcp route is part of the listener, ' +
      'so editing one drains the connections of that listener.',
  });
}

function nameThePods(subject: Subject): Remedy {
  const place = subject.places.find((p) => p.workload !== null) ?? subject.places[0];
  const workload = place?.workload ?? (place?.owner == null ? null : hostService(place.owner)) ?? 'WORKLOAD';
  const yaml = headlessService({ workload, namespace: place?.namespace ?? null, port: subject.port });
  return remedy(
    `Give the pods of ${listWords(subject.victims)} a headless service with port ${subject.port}`,
    'Service',
    {
      yaml,
      caveat:
        'Makes one exact listener for each pod, which wins over the catch-all, and brings mutual TLS back. ' +
        'Needs Istio 1.4 or later and a port that is declared as TCP (or has no declared protocol).',
    },
  );
}

function separatePorts(subject: Subject): Remedy {
  return remedy(`Use different port numbers for different TCP services than ${subject.port}`, 'Service', {
    caveat: 'The surest way, and mostly the hardest: the application has to change.',
  });
}

function useSni(subject: Subject): Remedy {
  return remedy(
    'Speak TLS with a server name, so that the proxy can tell services on one port apart',
    'Service',
    {
      caveat: `Port ${subject.port} must be declared as TLS (tls-… or https-…) on the service: declared as TCP it still takes everything.`,
    },
  );
}

function prefixPortName(subject: Subject): Remedy {
  return remedy(`Name the port by its protocol, such as tcp-${subject.port}`, 'Service', {
    caveat:
      'Good practice against wrong protocol detection, but no cure here: a port named tcp-… is taken over all the same.',
  });
}

function callByName(subject: Subject): Remedy {
  return remedy('Call services by their full name, not by pod address', 'application', {
    caveat:
      `Clients that find their peers themselves (databases, caches, brokers) dial pod addresses whatever name they were given: ` +
      `for them the headless service on ${subject.port} is the cure.`,
  });
}
