/** Lines are summed up in this thread. */
import type Database from 'better-sqlite3';
import type { BatchLines } from '../batch-lines.ts';
import { createClientLog } from '../clients/client-log.ts';
import { createFlowSums } from './flow-sums.ts';
import type { Sums } from './sums.ts';

export interface SumsDeps {
  readonly db: Database.Database;
  /** Has taken the batch over when it is added. */
  readonly lines: BatchLines;
  /** Id of the address of the clients of a shape, in a mesh; 0: they have none. */
  readonly hostOf: (shape: number) => number;
}

export function createSumsHere({ db, lines, hostOf }: SumsDeps, heldBlocksMax?: number): Sums {
  const flows = createFlowSums(db, lines, heldBlocksMax);
  const clients = createClientLog(db, hostOf);
  return {
    packer: null,
    expect() {},
    addBatch(batch, mates) {
      const { length, start, shape, downstreamRemotePort, isServer } = batch;
      clients.gather({ length, start, shape, downstreamRemotePort, isServer, mates });
      flows.addBatch(batch);
    },
    addAgain: flows.addAgain,
    addEnds: flows.addEnds,
    endLines() {},
    write() {
      clients.write();
      return flows.write();
    },
    forget: flows.forget,
    reset() {
      clients.reset();
      flows.reset();
    },
  };
}
