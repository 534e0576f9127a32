/** Whose proxy it is, by the id that Istio gives it. */
import type { Identity } from './entry.ts';

/** `TYPE~IP~POD.NAMESPACE~DOMAIN`; a pod's name may have dots, a namespace has none. */
const NODE_ID =
  /^(?:sidecar|router|waypoint|ztunnel|agentgateway)~[^~]{0,100}~([a-z0-9.-]{1,253})\.([a-z0-9-]{1,63})~[^~]{0,300}$/;

/** Null: it is no id of Istio's. */
export function identityOfNodeId(id: string): Identity | null {
  if (id.length > ID_LENGTH_MAX) return null;
  const [, pod, namespace] = NODE_ID.exec(id) ?? [];
  return pod === undefined || namespace === undefined
    ? null
    : { pod, namespace, container: null, node: null };
}

const ID_LENGTH_MAX = 1_000;
