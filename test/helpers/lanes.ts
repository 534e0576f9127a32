/** Express lanes as tests see them. */
import { type AccessLogEntry, NO_IDENTITY, type ParsedLine } from '../../src/domain/entry.ts';
import {
  type ExpressLane,
  type LineColumns,
  NO_TEMPLATE,
  type Templates,
} from '../../src/domain/line-columns.ts';
import { renderLine } from '../../src/parse/render.ts';

/** A lane that knows nothing and learns nothing. */
export function noLane(): ExpressLane {
  const templates: Templates = {
    sample() {
      throw new Error('no line has a template');
    },
  };
  return { templates, read: () => NO_TEMPLATE, identityOf: () => NO_IDENTITY, learn: () => NO_TEMPLATE };
}

/** A line of a batch, as the long way would have read it. */
export function lineOf(columns: LineColumns, index: number): ParsedLine {
  const alone = columns.alone.get(index);
  if (alone !== undefined) return alone;
  const sample = columns.templates?.sample(columns.template[index] ?? NO_TEMPLATE);
  if (sample === undefined) throw new Error(`line ${index} has neither a template nor an entry`);
  const numbers = {
    start_time: columns.start[index] ?? 0,
    duration: columns.duration[index] ?? 0,
    bytes_received: columns.received[index] ?? 0,
    bytes_sent: columns.sent[index] ?? 0,
    upstream_local_port: columns.upstreamLocalPort[index] ?? 0,
    downstream_remote_port: columns.downstreamRemotePort[index] ?? 0,
  };
  const { upstream_local_port, downstream_remote_port, ...counts } = numbers;
  const entry: AccessLogEntry = {
    ...sample.entry,
    ...counts,
    upstream_local_address: withPort(sample.entry.upstream_local_address, upstream_local_port),
    downstream_remote_address: withPort(sample.entry.downstream_remote_address, downstream_remote_port),
  };
  return { ...sample, entry, numbers, raw: renderLine(sample.format, entry) ?? sample.raw };
}

function withPort(address: string | null, port: number): string | null {
  return port < 0 ? address : (address?.replace(/:\d+$/, `:${port}`) ?? null);
}
