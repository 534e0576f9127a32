/** Tells how many hourly sums a database holds. Its path is the only argument. */
import { openRuntime } from '../../src/compose/local.ts';

const [, , db = ''] = process.argv;
const runtime = await openRuntime({ db, mode: 'read', now: Date.now });
let flows = 0;
await runtime.store.changedFlows(null, ({ length }) => {
  flows += length;
});
process.stdout.write(String(flows));
await runtime.close();
