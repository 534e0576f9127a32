/** How lines come in: which parser reads them, and what streams share. */

import { NO_IDENTITY, type ParsedLine } from '../domain/entry.ts';
import type { ExpressLane, LineColumns } from '../domain/line-columns.ts';
import type { LineWriter } from '../domain/ports.ts';
import { noteArrivals } from '../ingest/arrivals.ts';
import { createIngest } from '../ingest/ingest.ts';
import { createIngestMeter, type IngestMeter } from '../ingest/meter.ts';
import { createExpressLane } from '../parse/express-lane.ts';
import { createLineParser } from '../parse/line-parser.ts';
import type { ParserOptions, Runtime } from './runtime.ts';

export function waysIn(store: LineWriter): Pick<Runtime, 'arrivals' | 'meter' | 'newIngest'> {
  const meter = createIngestMeter();
  const { writer, arrivals } = noteArrivals(store);
  return { arrivals, meter, newIngest: createNewIngest(writer, meter) };
}

export function createNewIngest(store: LineWriter, meter?: IngestMeter): Runtime['newIngest'] {
  const express = createExpressLanes();
  const spare: LineColumns[] = [];
  return (options) =>
    createIngest({
      parser: createLineParser(options),
      express: express(options),
      store,
      spare,
      ...(meter === undefined ? {} : { meter }),
    });
}

/** Makes what every stream needs and takes its time, for whoever has to wait for something else anyway. */
export function prepareToRead(): void {
  createLineParser({ format: null, identity: NO_IDENTITY });
}

/** Streams that are read alike share what they learn; beyond these, a stream learns for itself. */
const SHARED_LANES_MAX = 16;

function createExpressLanes(): (options: ParserOptions) => ExpressLane {
  const lanes = new Map<string, ExpressLane>();
  return (options) => {
    const key = JSON.stringify([options.format, options.identity]);
    const lane = lanes.get(key) ?? newExpressLane(options);
    if (lanes.size < SHARED_LANES_MAX) lanes.set(key, lane);
    return lane;
  };
}

/** Proofs are read by a parser of their own, so that they leave no trace in the stream. */
function newExpressLane(options: ParserOptions): ExpressLane {
  const parser = createLineParser(options);
  const readAgain = (line: string): ParsedLine | null => {
    const outcome = parser.push(line, true);
    return outcome?.kind === 'accepted' ? outcome.line : null;
  };
  return createExpressLane(readAgain, { ownFormat: options.format !== null });
}
