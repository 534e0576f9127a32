/** ztunnel's access lines. They are no Envoy's: key=value, told at the end of a connection. */
import type { LogFormat } from '../log-format.ts';

const SOURCE = 'https://github.com/istio/ztunnel/blob/master/src/proxy/metrics.rs';

export const ZTUNNEL = [
  {
    kind: 'ztunnel-text',
    name: 'ztunnel-text',
    title: 'ztunnel (Istio ambient), text',
    source: SOURCE,
    readAs: null,
    samples: [
      {
        line: '2025-02-03T04:05:06.700800Z\tinfo\taccess\tconnection complete\tsrc.addr=10.60.1.5:44044 src.workload="web-6d5f8c9b7-x2x4k" src.namespace="shop" src.identity="spiffe://cluster.local/ns/shop/sa/web" dst.addr=10.60.2.6:15008 dst.hbone_addr=10.61.0.20:8080 dst.service="cart.shop.svc.cluster.local" dst.workload="cart-5b7c7d9f8-9kqzt" dst.namespace="shop" dst.identity="spiffe://cluster.local/ns/shop/sa/cart" direction="outbound" bytes_sent=70 bytes_recv=300 duration="13ms"',
        entry: {
          start_time: '2025-02-03T04:05:06.687Z',
          bytes_received: 70,
          bytes_sent: 300,
          duration: 13,
          upstream_host: '10.60.2.6:15008',
          downstream_local_address: '10.61.0.20:8080',
          downstream_remote_address: '10.60.1.5:44044',
          attributes: {
            log_time: '2025-02-03T04:05:06.700800Z',
            level: 'info',
            message: 'connection complete',
            'src.addr': '10.60.1.5:44044',
            'src.workload': 'web-6d5f8c9b7-x2x4k',
            'src.namespace': 'shop',
            'src.identity': 'spiffe://cluster.local/ns/shop/sa/web',
            'dst.addr': '10.60.2.6:15008',
            'dst.hbone_addr': '10.61.0.20:8080',
            'dst.service': 'cart.shop.svc.cluster.local',
            'dst.workload': 'cart-5b7c7d9f8-9kqzt',
            'dst.namespace': 'shop',
            'dst.identity': 'spiffe://cluster.local/ns/shop/sa/cart',
            direction: 'outbound',
          },
        },
      },
      {
        line: '2024-05-28T10:00:00.000500Z info access connection complete src.addr=10.60.1.5:44100 src.workload=web-6d5f8c9b7-x2x4k dst.addr=10.60.2.6:8080 dst.service=cart.shop.svc.cluster.local direction="inbound" bytes_sent=300 bytes_recv=70 duration="1ms"',
        entry: {
          start_time: '2024-05-28T09:59:59.999Z',
          bytes_received: 70,
          bytes_sent: 300,
          duration: 1,
          downstream_local_address: '10.60.2.6:8080',
          downstream_remote_address: '10.60.1.5:44100',
          attributes: {
            log_time: '2024-05-28T10:00:00.000500Z',
            level: 'info',
            message: 'connection complete',
            'src.addr': '10.60.1.5:44100',
            'src.workload': 'web-6d5f8c9b7-x2x4k',
            'dst.addr': '10.60.2.6:8080',
            'dst.service': 'cart.shop.svc.cluster.local',
            direction: 'inbound',
          },
        },
      },
      {
        line: '2025-02-03T04:06:00.000001Z\twarn\taccess\tconnection failed\tsrc.addr=10.60.1.5:44200 dst.addr=10.61.0.99:8080 direction="outbound" error="no service for target address: 10.61.0.99:8080 (\\"none\\")"',
        entry: {
          start_time: '2025-02-03T04:06:00.000Z',
          upstream_host: '10.61.0.99:8080',
          downstream_local_address: '10.61.0.99:8080',
          downstream_remote_address: '10.60.1.5:44200',
          attributes: {
            log_time: '2025-02-03T04:06:00.000001Z',
            level: 'warn',
            message: 'connection failed',
            'src.addr': '10.60.1.5:44200',
            'dst.addr': '10.61.0.99:8080',
            direction: 'outbound',
            error: 'no service for target address: 10.61.0.99:8080 ("none")',
          },
        },
      },
    ],
  },
  {
    kind: 'ztunnel-json',
    name: 'ztunnel-json',
    title: 'ztunnel (Istio ambient), JSON',
    source: SOURCE,
    readAs: null,
    samples: [
      {
        line: '{"level":"error","time":"2025-02-03T04:07:00.250000Z","scope":"access","message":"connection complete","src.addr":"10.60.1.5:44300","src.workload":"web-6d5f8c9b7-x2x4k","src.namespace":"shop","dst.addr":"10.60.2.6:15008","dst.hbone_addr":"10.60.2.6:8080","dst.service":"cart.shop.svc.cluster.local","direction":"inbound","bytes_sent":0,"bytes_recv":12,"duration":"250ms","error":"connection closed due to policy change"}',
        entry: {
          start_time: '2025-02-03T04:07:00.000Z',
          bytes_received: 12,
          bytes_sent: 0,
          duration: 250,
          downstream_local_address: '10.60.2.6:8080',
          downstream_remote_address: '10.60.1.5:44300',
          attributes: {
            log_time: '2025-02-03T04:07:00.250000Z',
            level: 'error',
            message: 'connection complete',
            'src.addr': '10.60.1.5:44300',
            'src.workload': 'web-6d5f8c9b7-x2x4k',
            'src.namespace': 'shop',
            'dst.addr': '10.60.2.6:15008',
            'dst.hbone_addr': '10.60.2.6:8080',
            'dst.service': 'cart.shop.svc.cluster.local',
            direction: 'inbound',
            error: 'connection closed due to policy change',
          },
        },
      },
    ],
  },
] as const satisfies readonly LogFormat[];
