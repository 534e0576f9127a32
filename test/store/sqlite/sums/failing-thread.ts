/** A thread that starts, and fails at the first lines. */
import { workerData } from 'node:worker_threads';
import { HAS_FAILED, STEPS, type SummingData } from '../../../../src/store/sqlite/sums/summing-thread.ts';

const { port, state } = workerData as SummingData;
port.on('message', () => {
  port.postMessage({ kind: 'failed', reason: 'cannot count' });
  Atomics.store(state, HAS_FAILED, 1);
  Atomics.add(state, STEPS, 1);
  Atomics.notify(state, STEPS);
});
Atomics.add(state, STEPS, 1);
