/**
 * Preloaded into a measured process (`node --import`): at its end it tells what it used, as JSON on descriptor 3.
 * Plain JavaScript, here and in the other measured scripts, so that no compiler runs inside of what is measured.
 */
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

// Threads inherit the preloading; what the process used is told once, for all of them.
if (isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeSync(3, JSON.stringify({ cpu_us: userCPUTime + systemCPUTime, rss_kb: maxRSS }));
  });
}
