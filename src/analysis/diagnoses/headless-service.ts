/** The headless service that gives pods listeners of their own. */
import { yamlWord } from './diagnosis.ts';

/** Shape: a manifest. Null: not known, so that a name in capitals stands for it. */
export function headlessService({
  workload,
  namespace,
  port,
}: {
  readonly workload: string | null;
  readonly namespace: string | null;
  readonly port: number | null;
}): string {
  const name = workload ?? 'WORKLOAD';
  return `apiVersion: v1
kind: Service
metadata:
  name: ${yamlWord(`${name}-headless`)}
  namespace: ${yamlWord(namespace ?? 'NAMESPACE')}
spec:
  clusterIP: None
  selector:
    app: ${yamlWord(name)}  # the labels of these pods
  ports:
    - name: tcp-${port ?? 'PORT'}
      port: ${port ?? 'PORT'}
`;
}
