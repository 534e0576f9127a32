/** Reads the message of an opened line; of a collector's record that is nothing else, by the field that has the line. */
import { openField } from './envelope/json.ts';
import type { Opened } from './envelope/opened.ts';
import type { MessageReader, Reading } from './message.ts';
import type { Streams } from './streams.ts';

/** Shape: changes `opened` where the line turns out to be in a field of the message. */
export function readOpened(opened: Opened, messages: MessageReader, streams: Streams): Reading {
  const { text, at, object, stream } = opened;
  const reading = messages.read(text, at, object, stream);
  if (object === null || reading.kind !== 'reject' || reading.reason !== 'unknown_format') return reading;
  if (!openField(object, opened, streams)) return reading;
  return messages.read(opened.text, opened.at, opened.object, opened.stream);
}
