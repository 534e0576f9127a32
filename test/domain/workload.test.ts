import t from 'tap';
import { workloadOf } from '../../src/domain/workload.ts';
import { cpuMs } from '../helpers/cpu.ts';

t.test('the workload of a pod', async (t) => {
  const rows: [what: string, pod: string, workload: string][] = [
    ['a ReplicaSet', 'web-7948dffbdd-p44xx', 'web'],
    ['a ReplicaSet with a long name', 'istio-ingressgateway-5f9c8d7b6-x2vqz', 'istio-ingressgateway'],
    ['a short hash', 'web-5d4f8c7b-lmnpq', 'web'],
    ['an old numeric hash', 'web-1469530562-k4dtx', 'web'],
    ['a DaemonSet', 'node-exporter-x7k2p', 'node-exporter'],
    ['a Job', 'migrate-zz4xv', 'migrate'],
    ['a CronJob', 'backup-28471230-w8vjd', 'backup'],
    ['a StatefulSet', 'kafka-0', 'kafka'],
    ['a StatefulSet of many', 'kafka-broker-12', 'kafka-broker'],
    ['a name with a number in it', 'redis-6-0', 'redis-6'],
    ['a static pod', 'kube-apiserver', 'kube-apiserver'],
    ['a suffix with a vowel', 'web-apple', 'web-apple'],
    ['a suffix of six', 'web-bcdfgh', 'web-bcdfgh'],
    ['one word', 'web', 'web'],
    ['a suffix alone', '-p44xx', '-p44xx'],
    ['an ordinal alone', '-0', '-0'],
    ['nothing', '', ''],
  ];
  for (const [what, pod, workload] of rows) t.equal(workloadOf(pod), workload, `${what}: ${pod}`);
});

t.test('all pods of one Deployment have one workload', async (t) => {
  const pods = [
    'web-7948dffbdd-p44xx',
    'web-7948dffbdd-sh7rx',
    'web-6c9f4d8b5-2xkzq',
    'web-84bdc7f9c4-9zzzz',
  ];
  t.same([...new Set(pods.map(workloadOf))], ['web']);
});

t.test('a hostile name takes no longer than an ordinary one', async (t) => {
  for (const part of ['b-', '-', 'b', '0-', '-bcdfg']) {
    const ms = cpuMs(() => workloadOf(part.repeat(20_000)));
    t.ok(ms < 500, `${part}: ${ms} ms`);
  }
});
