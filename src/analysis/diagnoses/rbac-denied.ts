/** D17: an authorization policy closed the connection. */
import { clientWords, type Diagnosis, listWords, placesWords, remedy, shellWord } from './diagnosis.ts';

const DENIED = /^rbac_access_denied_matched_policy\[(.*)\]$/;

export const rbacDenied: Diagnosis = {
  id: 'rbac_denied',
  tell: (subject) => {
    const place = subject.places[0];
    const policies = subject.reasons.map((reason) => DENIED.exec(reason)?.[1] ?? reason);
    const none = policies.every((policy) => policy === 'none');
    return {
      title: `An authorization policy of ${placesWords(subject)} denies ${clientWords(subject)}`,
      cause: none
        ? 'There are policies that allow some clients of this workload, and none of them allows this one.'
        : `The connection was denied by ${listWords(policies)}.`,
      remedies: [
        remedy('Allow the principal and the port of this client', 'AuthorizationPolicy', {
          caveat:
            'A policy with HTTP conditions (paths, methods, headers) cannot be met by TCP. Clients that come in plaintext ' +
            'have no identity, so no rule about principals matches them.',
        }),
      ],
      verify: [
        `istioctl x authz check ${shellWord(place?.pod ?? 'POD')} -n ${shellWord(place?.namespace ?? 'NAMESPACE')}`,
        'kubectl get authorizationpolicies -A',
      ],
    };
  },
};

/** True for the termination details that Envoy's network RBAC filter leaves. */
export function isRbacDenial(details: string | null): boolean {
  return details !== null && DENIED.test(details);
}
