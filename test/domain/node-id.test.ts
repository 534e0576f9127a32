import t from 'tap';
import { identityOfNodeId } from '../../src/domain/node-id.ts';

t.test('reads pod and namespace from the id of a proxy', async (t) => {
  const rows: [id: string, pod: string, namespace: string][] = [
    ['sidecar~10.1.2.3~web-0.shop~shop.svc.cluster.local', 'web-0', 'shop'],
    [
      'router~10.1.2.3~istio-ingressgateway-7d9f-abcde.istio-system~istio-system.svc',
      'istio-ingressgateway-7d9f-abcde',
      'istio-system',
    ],
    ['sidecar~2001:db8::1~web.with.dots-0.shop~x', 'web.with.dots-0', 'shop'],
    ['waypoint~~w-0.shop~', 'w-0', 'shop'],
  ];
  for (const [id, pod, namespace] of rows)
    t.strictSame(identityOfNodeId(id), { pod, namespace, container: null, node: null }, id);
});

t.test('says nothing of other ids', async (t) => {
  const rows = [
    '',
    'web-0',
    'sidecar~10.1.2.3~web-0~x',
    'sidecar~10.1.2.3~web-0.shop',
    'other~10.1.2.3~web-0.shop~x',
    'sidecar~10.1.2.3~WEB.shop~x',
    'sidecar~10.1.2.3~web\u001b.shop~x',
    `sidecar~10.1.2.3~${'a.'.repeat(100_000)}shop~x`,
  ];
  for (const id of rows) t.equal(identityOfNodeId(id), null, id.slice(0, 60));
});
