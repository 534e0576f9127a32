/** Express lanes as tests see them. */
import { type AccessLogEntry, EMPTY_ENTRY, isHttp, type ParsedLine } from '../../src/domain/entry.ts';
import { type ExpressLane, type LineColumns, NO_TEMPLATE } from '../../src/domain/line-columns.ts';
import { type TemplateField, Templates } from '../../src/domain/templates.ts';
import { createExpressLane } from '../../src/parse/express-lane.ts';
import { createLineParser } from '../../src/parse/line-parser.ts';
import { renderLine } from '../../src/parse/render.ts';

/** A lane that knows nothing and learns nothing. */
export function noLane(): ExpressLane {
  const templates = new Templates();
  return { enter: () => ({ templates, read: (_, from) => from, learn: () => NO_TEMPLATE }) };
}

/** Bits of hashes that count in lanes that are made from now on. */
export const hashing = { mask: -1 };

/** A lane that has learned nothing yet. */
export function newLane(options: Parameters<typeof createLineParser>[0]): ExpressLane {
  const parser = createLineParser(options);
  const readAgain = (line: string) => {
    const outcome = parser.push(line, true);
    return outcome?.kind === 'accepted' ? outcome.line : null;
  };
  return createExpressLane(readAgain, { ownFormat: options.format !== null, hashMask: hashing.mask });
}

/** A line of a batch, as the long way would have read it. */
export function lineOf(columns: LineColumns, index: number): ParsedLine {
  const alone = columns.alone.get(index);
  if (alone !== undefined) return alone;
  const { templates } = columns;
  const template = columns.template[index] ?? NO_TEMPLATE;
  if (templates === null || template < 0 || template >= templates.size)
    throw new Error(`line ${index} has neither a template nor an entry`);
  const text = (field: TemplateField) => templates.text(template, field);
  const numbers = {
    start_time: columns.start[index] ?? 0,
    duration: columns.duration[index] ?? 0,
    bytes_received: columns.received[index] ?? 0,
    bytes_sent: columns.sent[index] ?? 0,
    upstream_local_port: columns.upstreamLocalPort[index] ?? 0,
    downstream_remote_port: columns.downstreamRemotePort[index] ?? 0,
  };
  const { upstream_local_port, downstream_remote_port, ...counts } = numbers;
  const code = text('response_code');
  const [path = '', request_id = ''] = columns.textOf(index).split('\n');
  const serviceTime = columns.serviceTime[index] ?? 0;
  const entry: AccessLogEntry = {
    ...EMPTY_ENTRY,
    ...counts,
    method: text('method'),
    protocol: text('protocol'),
    response_code: code === null ? null : Number(code),
    response_flags: text('response_flags')?.split(',') ?? [],
    response_code_details: text('response_code_details'),
    connection_termination_details: text('connection_termination_details'),
    upstream_transport_failure_reason: text('upstream_transport_failure_reason'),
    upstream_host: text('upstream_host'),
    upstream_cluster: text('upstream_cluster'),
    upstream_local_address: withPort(text('upstream_local_host'), upstream_local_port),
    downstream_local_address: text('downstream_local_address'),
    downstream_remote_address: withPort(text('downstream_remote_host'), downstream_remote_port),
    requested_server_name: text('requested_server_name'),
    route_name: text('route_name'),
    path: path || null,
    request_id: request_id || null,
    upstream_service_time: serviceTime < 0 ? null : serviceTime,
    x_forwarded_for: text('x_forwarded_for'),
    user_agent: text('user_agent'),
    authority: text('authority'),
  };
  // Whoever stores it looks at what else a request has only where there are texts.
  if (isHttp(entry) && !columns.hasText(index)) throw new Error(`line ${index} is a request without texts`);
  const format = text('format') ?? '';
  return {
    entry,
    identity: {
      pod: text('pod'),
      namespace: text('namespace'),
      container: text('container'),
      node: text('node'),
    },
    format,
    envelope: text('envelope') ?? '',
    raw: renderLine(format, entry) ?? '',
    rebuildable: true,
    utf8: true,
    numbers,
  };
}

function withPort(host: string | null, port: number): string | null {
  return port < 0 ? host : `${host}:${port}`;
}
