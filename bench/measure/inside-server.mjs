/**
 * Preloaded into a server (`node --import`): tells, each time that its parent asks, how long its event loop was held and
 * how much CPU time all its threads used since it was asked before. Plain JavaScript, as all that runs inside of what is measured.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 5;

if (isMainThread && process.send !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let used = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(used);
    used = process.cpuUsage();
    // What is recorded is the time from one look to the next.
    const ms = (ns) => Math.max(0, ns / 1e6 - RESOLUTION_MS);
    const cpu = (user + system) / 1e3;
    process.send({
      p50: ms(delays.percentile(50)),
      p99: ms(delays.percentile(99)),
      max: ms(delays.max),
      cpu,
    });
    delays.reset();
  });
  // Asking is no reason to stay alive.
  process.channel.unref();
}
