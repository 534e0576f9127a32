import t from 'tap';
import { identityOfLogFile } from '../../src/domain/log-file.ts';

const ID = '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8';
const WEB = { pod: 'web-0', namespace: 'shop', container: 'istio-proxy', node: null };

t.test('reads pod, namespace and container from the name of a log file', async (t) => {
  const uid = '0f9d7c1e-3c2b-4a51-9c55-2f6a1f0d7b42';
  const rows = [
    `/var/log/containers/web-0_shop_istio-proxy-${ID}.log`,
    `kube.var.log.containers.web-0_shop_istio-proxy-${ID}.log`,
    `/var/log/pods/shop_web-0_${uid}/istio-proxy/0.log`,
    `/var/log/pods/shop_web-0_${uid.replaceAll('-', '')}/istio-proxy/12.log`,
    `/var/log/pods/shop_web-0_${uid}/istio-proxy/0.log.20240305-091000.gz`,
  ];
  for (const path of rows) t.strictSame(identityOfLogFile(path), WEB, path);
});

t.test('says nothing of other files', async (t) => {
  const rows = [
    '',
    '/var/log/syslog',
    `/var/log/containers/web-0_shop-${ID}.log`,
    '/var/log/containers/web-0_shop_istio-proxy-123.log',
    '/var/log/pods/shop_web-0/istio-proxy/0.log',
    `/var/log/containers/WEB_shop_istio-proxy-${ID}.log`,
    `/var/log/containers/web\u001b[31m_shop_istio-proxy-${ID}.log`,
    `/${'x/'.repeat(100_000)}containers/web-0_shop_istio-proxy-${ID}.log`,
  ];
  for (const path of rows) t.equal(identityOfLogFile(path), null, path.slice(0, 100));
});
