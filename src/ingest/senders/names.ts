/** Under which names the shippers of logs say whose line it is: labels of Loki, attributes of OTLP. */
import { type Identity, NO_IDENTITY } from '../../domain/entry.ts';
import { identityOfLogFile } from '../../domain/log-file.ts';
import { identityOfNodeId } from '../../domain/node-id.ts';

/** The names of each part, as they are set by default: OpenTelemetry's first, then those of scrape configurations. */
const NAMES = {
  pod: ['k8s.pod.name', 'k8s_pod_name', 'pod', 'pod_name', 'kubernetes_pod_name'],
  namespace: [
    ...['k8s.namespace.name', 'k8s_namespace_name', 'namespace', 'namespace_name'],
    ...['kubernetes_namespace_name', 'kubernetes_namespace'],
  ],
  container: [
    ...['k8s.container.name', 'k8s_container_name', 'container', 'container_name'],
    'kubernetes_container_name',
  ],
  node: ['k8s.node.name', 'k8s_node_name', 'node_name', 'node', 'kubernetes_host'],
} as const satisfies Record<keyof Identity, readonly string[]>;

/** Names of the file that a line was read from. */
const FILE_NAMES = ['log.file.path', 'log_file_path', 'filename', 'file'];
/** Name under which Envoy's own logger tells its node id; Promtail's for the node of the pod. */
const NODE_NAME = 'node_name';
/** Characters in a name of Kubernetes; what is longer is none. */
const NAME_LENGTH_MAX = 253;

/** Every name that says whose line it is. */
export const IDENTITY_NAMES: ReadonlySet<string> = new Set([...Object.values(NAMES).flat(), ...FILE_NAMES]);

/**
 * Who wrote a line, from what its transport says beside it.
 * Shape: values by name; a name that is not there is undefined.
 */
export function identityFrom(values: ReadonlyMap<string, string>): Identity {
  if (values.size === 0) return NO_IDENTITY;
  const first = (names: readonly string[]): string | null => {
    for (const name of names) {
      const value = values.get(name) ?? '';
      if (value !== '' && value.length <= NAME_LENGTH_MAX && !value.includes('~')) return value;
    }
    return null;
  };
  const told: Identity = {
    pod: first(NAMES.pod),
    namespace: first(NAMES.namespace),
    container: first(NAMES.container),
    node: first(NAMES.node),
  };
  if (told.pod !== null) return told;
  const proxy = identityOfNodeId(values.get(NODE_NAME) ?? '');
  return filled(told, proxy ?? identityOfFile(values));
}

function identityOfFile(values: ReadonlyMap<string, string>): Identity {
  for (const name of FILE_NAMES) {
    const identity = identityOfLogFile(values.get(name) ?? '');
    if (identity !== null) return identity;
  }
  return NO_IDENTITY;
}

/** The first, with the second where the first does not tell. */
export function filled(told: Identity, other: Identity): Identity {
  return {
    pod: told.pod ?? other.pod,
    namespace: told.namespace ?? other.namespace,
    container: told.container ?? other.container,
    node: told.node ?? other.node,
  };
}
