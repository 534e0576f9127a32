/** One reader of events, who is cut off when it does not keep up: memory does not grow with slowness. */
import { PassThrough } from 'node:stream';
import type { Filter } from '../../domain/filter.ts';
import { EVENT_BUFFER_BYTES_MAX } from '../../domain/limits.ts';
import { formatJson } from '../../output/terminal.ts';

export const EVENT_TYPES = ['incident', 'shift', 'connection'] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** What is asked for, by type; a type that is not asked for is missing. */
export type Wishes = Readonly<Partial<Record<EventType, Filter>>>;

/** Text as it goes over the wire. `id` null: an event that cannot be asked for again. */
export function eventText(type: string, id: string | null, data: unknown): string {
  // Neither an id nor a type of ours, nor JSON on one line, has a newline.
  return `${id === null ? '' : `id: ${id}\n`}event: ${type}\ndata: ${formatJson(data)}\n\n`;
}

export class Subscriber {
  readonly wishes: Wishes;
  readonly stream = new PassThrough();

  /** `onEnd` is called once when it is gone, whoever ended it. */
  constructor(wishes: Wishes, onEnd: () => void) {
    this.wishes = wishes;
    this.stream.once('close', onEnd);
    // A reader that goes away in the middle is no error.
    this.stream.on('error', () => {});
  }

  /** Sends text, or cuts the reader off when too much waits for it already. */
  send(text: string): void {
    if (this.stream.destroyed) return;
    const waiting = this.stream.readableLength + this.stream.writableLength;
    if (waiting + text.length > EVENT_BUFFER_BYTES_MAX) this.stream.destroy();
    else this.stream.write(text);
  }

  end(): void {
    this.stream.end();
  }
}
