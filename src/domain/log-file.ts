/** Whose log a file is, by the name that the kubelet gives it. */
import type { Identity } from './entry.ts';

/** `/var/log/pods/NAMESPACE_POD_UID/CONTAINER/RESTART.log`, also rotated and packed. */
const POD_LOG =
  /\/pods\/([a-z0-9.-]{1,253})_([a-z0-9.-]{1,253})_[0-9a-f-]{32,36}\/([a-z0-9.-]{1,253})\/[^/]{1,100}$/;
/** `/var/log/containers/POD_NAMESPACE_CONTAINER-ID.log`: namespace and pod the other way round. */
const CONTAINER_LOG =
  /(?:^|[/.])containers[/.]([a-z0-9.-]{1,253})_([a-z0-9.-]{1,253})_([a-z0-9.-]{1,253})-[0-9a-f]{64}\.log$/;

/** Path of a file, or a tag made of it (`kube.var.log.containers.…`). Null: it does not tell. The node is never in it. */
export function identityOfLogFile(path: string): Identity | null {
  if (path.length > PATH_LENGTH_MAX) return null;
  const [, ns, podOfPod, containerOfPod] = POD_LOG.exec(path) ?? [];
  if (ns !== undefined && podOfPod !== undefined && containerOfPod !== undefined)
    return { pod: podOfPod, namespace: ns, container: containerOfPod, node: null };
  const [, pod, namespace, container] = CONTAINER_LOG.exec(path) ?? [];
  if (pod === undefined || namespace === undefined || container === undefined) return null;
  return { pod, namespace, container, node: null };
}

const PATH_LENGTH_MAX = 1_024;
