/** The thread that sums lines up while another one stores them. */
import { workerData } from 'node:worker_threads';
import { serveSumming } from '../store/sqlite/sums/serve-summing.ts';
import type { SummingData } from '../store/sqlite/sums/summing-thread.ts';
import { giveWay } from '../store/thread/give-way.ts';

// Its sums are wanted at the end of a transaction only.
giveWay();
serveSumming(workerData as SummingData);
