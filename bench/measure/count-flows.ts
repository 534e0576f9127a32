/** Tells how many hourly sums a database holds. Its path is the only argument. */
import { openRuntime } from '../../src/compose/local.ts';

const [, , db = ''] = process.argv;
const runtime = await openRuntime({ db, mode: 'read', now: Date.now });
const flows = await runtime.store.flows({ since: null, until: null });
process.stdout.write(String(flows.length));
await runtime.close();
