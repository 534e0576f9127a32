import t from 'tap';
import { verdict } from './entries.ts';

t.test('knows the lines that are no access log', async (t) => {
  const rows: [line: string, reason: string][] = [
    ['', 'blank'],
    [' \t ', 'blank'],
    ['2024-05-06T07:08:09.010203Z\tinfo\tReadiness succeeded in 2s', 'agent_log'],
    ['2024-05-06T07:08:09.010203Z     info    xdsproxy        connected', 'agent_log'],
    ['024-05-06T07:08:09.010203Z\tinfo\tReadiness succeeded in 2s', 'agent_log'],
    ['info\tReadiness succeeded', 'agent_log'],
    ['2024-05-06T07:08:09.010203Z\twarning\tenvoy config\tlistener rejected', 'proxy_log'],
    ['2024-05-06T07:08:09.010203Z debug envoy filter a.cc:1 [C2] closing', 'proxy_log'],
    ['warning\tenvoy config\tlistener rejected', 'proxy_log'],
    ['[2024-05-06 07:08:09.010][17][warning][main] [source/a.cc:5] x', 'proxy_log'],
    ['[2024-05-06 07:08:09.010][17][info][main] source/a.cc:5] x', 'proxy_log'],
    ['[Envoy (Epoch 1)] [2024-05-06 07:08:09.010][17][critical][main] x', 'proxy_log'],
    ['{"level":"info","time":"2024-05-06T07:08:09Z","scope":"ads","msg":"x"}', 'agent_log'],
    ['+ web-1 › istio-proxy', 'stern_status'],
    ['- shop web-1 › istio-proxy', 'stern_status'],
    ['goroutine 1 [running]:', 'stack_trace'],
    ['panic: runtime error: index out of range', 'stack_trace'],
    ['\t/workspace/main.go:42 +0x1d', 'stack_trace'],
    ['created by net/http.(*Server).Serve', 'stack_trace'],
  ];
  for (const [line, reason] of rows) {
    t.equal(verdict(line), `skipped ${reason}`, line);
    if (reason !== 'blank' && reason !== 'stern_status' && !line.startsWith('0')) {
      t.equal(verdict(`[pod/web-1/istio-proxy] ${line}`), `skipped ${reason}`, `behind a prefix: ${line}`);
    }
  }
});

t.test('a prefix that was met before is known before any message', async (t) => {
  const access = 'web-1 istio-proxy [2024-05-06T07:08:09.010Z] - 1 2 3 "-" - - 10.0.0.1:1 10.0.0.2:2';
  const { readAll } = await import('./entries.ts');
  t.match(readAll([access, 'web-1 istio-proxy panic: no', 'web-1 istio-proxy what is this']), [
    { kind: 'accepted', line: { format: 'istio-text-1.0-tcp' } },
    { kind: 'skipped', reason: 'stack_trace', identity: { pod: 'web-1' } },
    { kind: 'rejected', reason: 'unknown_format', text: 'what is this', identity: { pod: 'web-1' } },
  ]);
});

t.test('does not take what is only alike', async (t) => {
  const lines = [
    '[2024-05-06 07:08:09.010] hello',
    '[2024-05-06 07:08:09.010][17][shout][main] x',
    '2024-05-06T07:08:09.010203Z hello',
    '+ web-1 istio-proxy',
    'information\tx',
  ];
  for (const line of lines) t.match(verdict(line), /^rejected/, line);
});
