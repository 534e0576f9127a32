import { hostBefore, joinAddress, portStart } from '../domain/address.ts';
import type { AccessLogEntry, Identity, LineNumbers, ParsedLine } from '../domain/entry.ts';
import { renderLine } from './render.ts';

/** A line read by the express lane: its numbers, and the template for the rest. Makes its entry only when asked. */
export class ExpressLine implements ParsedLine, LineNumbers {
  readonly template: ParsedLine;
  readonly start_time: number;
  readonly duration: number;
  readonly bytes_received: number;
  readonly bytes_sent: number;
  readonly upstream_local_port: number;
  readonly downstream_remote_port: number;

  constructor(
    template: ParsedLine,
    start_time: number,
    duration: number,
    bytes_received: number,
    bytes_sent: number,
    upstream_local_port: number,
    downstream_remote_port: number,
  ) {
    this.template = template;
    this.start_time = start_time;
    this.duration = duration;
    this.bytes_received = bytes_received;
    this.bytes_sent = bytes_sent;
    this.upstream_local_port = upstream_local_port;
    this.downstream_remote_port = downstream_remote_port;
  }

  get numbers(): LineNumbers {
    return this;
  }
  get identity(): Identity {
    return this.template.identity;
  }
  get format(): string {
    return this.template.format;
  }
  get envelope(): string {
    return this.template.envelope;
  }
  get rebuildable(): boolean {
    return true;
  }
  get utf8(): boolean {
    return true;
  }

  get entry(): AccessLogEntry {
    const like = this.template.entry;
    return {
      ...like,
      start_time: this.start_time,
      duration: this.duration,
      bytes_received: this.bytes_received,
      bytes_sent: this.bytes_sent,
      upstream_local_address: withPort(like.upstream_local_address, this.upstream_local_port),
      downstream_remote_address: withPort(like.downstream_remote_address, this.downstream_remote_port),
    };
  }

  get raw(): string {
    return renderLine(this.format, this.entry) ?? '';
  }
}

function withPort(address: string | null, port: number): string | null {
  return address === null ? null : joinAddress(hostBefore(address, portStart(address)), port);
}
