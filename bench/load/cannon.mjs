/**
 * Puts the same question to a server again and again: `cannon.mjs PACKAGES`, with jobs and answers over IPC. Job:
 * `{ url, connections, seconds, patience }`; answer: `{ times, statuses, seconds }`, ms of each request, its whole answer
 * included, how often each status came (0: none in time), and how long it went on. A process of its own, so that whoever sends
 * lines meanwhile is not held up. PACKAGES is the folder that has `node_modules` with autocannon.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages = ''] = process.argv.slice(2);
const autocannon = createRequire(join(packages, 'package.json'))('autocannon');
/** Requests on one connection: a server ends each after many of them, which autocannon does not expect. */
const REQUESTS_PER_CONNECTION = 1_000;
/** How often autocannon looks whether it is to end, ms. */
const LOOK_MS = 50;

process.on('message', (job) => {
  fire(job).then(
    (answer) => process.send(answer),
    (error) => process.send({ error: String(error) }),
  );
});

/** Goes on for `seconds`, or until the first answer, for which it waits `patience` seconds. */
async function fire({ url, connections, seconds, patience }) {
  const times = [];
  const statuses = {};
  const started = performance.now();
  const past = (limit) => performance.now() - started >= limit * 1_000;
  const count = (status) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  const shots = autocannon({
    url,
    connections,
    duration: patience,
    timeout: patience + 1,
    sampleInt: LOOK_MS,
    reconnectRate: REQUESTS_PER_CONNECTION,
  });
  shots.on('response', (_client, status, _bytes, ms) => {
    times.push(ms);
    count(status);
    if (past(seconds)) shots.stop();
  });
  const timer = setTimeout(() => {
    if (times.length > 0) shots.stop();
  }, seconds * 1_000);
  await shots;
  clearTimeout(timer);
  if (times.length === 0) count(0);
  return { times, statuses, seconds: (performance.now() - started) / 1_000 };
}
