/** The object that makes a destination known to the mesh, as far as lines tell what it is. */
import { hostNamespace, hostService } from '../../domain/cluster-name.ts';
import type { BlockedDestination, DestinationKind } from '../../domain/report.ts';
import { yamlWord } from '../diagnoses/diagnosis.ts';
import { headlessService } from '../diagnoses/headless-service.ts';

export interface Registration {
  readonly destination: string;
  readonly port: number;
  readonly kind: DestinationKind;
  /** Of the pods; null where no line tells. */
  readonly workload: string | null;
  readonly namespace: string | null;
  readonly serverName: string | null;
  readonly addresses: readonly string[];
  readonly hasMoreAddresses: boolean;
  /** With repetitions; null where it is not known. */
  readonly callerNamespaces: ReadonlyArray<string | null>;
}

/** Says what to register, and with which object. Names in capitals are to be filled in. */
export function register(one: Registration): Pick<BlockedDestination, 'remedy' | 'yaml'> {
  switch (one.kind) {
    case 'pod':
      return {
        remedy:
          `Pods that are called by address. A headless service with port ${one.port} gives each of them a listener; ` +
          'calling them by its name does the rest.',
        yaml: podService(one),
      };
    case 'service':
      return {
        remedy:
          'The address of a service that these proxies do not know: list its host in the egress of their Sidecar, or ' +
          'export it to their namespace (exportTo).',
        yaml: one.destination.includes('.svc') ? sidecarHost(one) : null,
      };
    case 'outside':
      return { remedy: outsideWords(one), yaml: serviceEntry(one) };
    case 'unknown':
      return {
        remedy:
          'A private address that no line places. If it is outside the mesh, this ServiceEntry registers it; if it is a pod, ' +
          'give it a headless service instead.',
        yaml: serviceEntry(one),
      };
  }
}

function podService({ destination, workload, namespace, port }: Registration): string {
  return headlessService({
    workload: workload ?? hostService(destination),
    namespace: namespace ?? hostNamespace(destination),
    port,
  });
}

function outsideWords({ serverName, addresses, hasMoreAddresses }: Registration): string {
  if (serverName !== null)
    return `A host outside the mesh that clients name ${serverName} in TLS: register that name.`;
  const more = hasMoreAddresses
    ? ' There are more addresses than are listed: a range (CIDR) may say it better.'
    : '';
  return `${addresses.length === 1 ? 'An address' : 'Addresses'} outside the mesh. Keep the addresses in the entry: without them it takes the whole port.${more}`;
}

function sidecarHost({ destination }: Registration): string {
  return `spec:
  egress:
    - hosts:
        - ${yamlWord(`${hostNamespace(destination) ?? '*'}/${destination}`)}
`;
}

/** With a server name the proxy tells hosts on one port apart; with addresses it takes these alone. Both leave the port as it is. */
function serviceEntry(one: Registration): string {
  const { serverName, port, addresses } = one;
  const host = serverName ?? 'HOST';
  const namespaces = new Set(one.callerNamespaces);
  const [only = null] = namespaces.size === 1 ? namespaces : [];
  const [protocol, resolution] = serverName === null ? ['TCP', 'NONE'] : ['TLS', 'DNS'];
  const listed =
    serverName === null ? `\n  addresses:\n${addresses.map((ip) => `    - ${yamlWord(ip)}`).join('\n')}` : '';
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: ${serverName === null ? 'NAME' : yamlWord(objectName(serverName))}
  namespace: ${yamlWord(only ?? 'NAMESPACE')}
spec:
  hosts: [${yamlWord(host)}]${serverName === null ? '  # any name of your own: the addresses decide' : ''}
  location: MESH_EXTERNAL${listed}
  ports:
    - number: ${port}
      name: ${protocol.toLowerCase()}-${port}
      protocol: ${protocol}
  resolution: ${resolution}
`;
}

/** A name as Kubernetes takes it. */
function objectName(host: string): string {
  const name = host
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);
  return name === '' ? 'NAME' : name;
}
