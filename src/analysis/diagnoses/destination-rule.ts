/** The DestinationRule of a remedy. */
import { type Subject, yamlWord } from './diagnosis.ts';

/**
 * YAML of a rule for the host of a finding; what is not known of it is left to be filled in.
 * Shape: `trafficPolicy` is what stands below that field.
 */
export function destinationRule(
  { service, namespace, host }: Pick<Subject, 'service' | 'namespace' | 'host'>,
  trafficPolicy: string,
): string {
  return `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: ${yamlWord(service ?? 'NAME')}
  namespace: ${yamlWord(namespace ?? 'NAMESPACE')}
spec:
  host: ${yamlWord(host ?? 'HOST')}
  trafficPolicy:
${trafficPolicy.replace(/^/gm, '    ')}
`;
}
