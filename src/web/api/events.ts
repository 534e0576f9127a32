/** Server-sent events, read with the token that other calls have: a browser's own EventSource can send none. */
import { ask } from './client.ts';

export interface ServerEvent {
  readonly type: string;
  readonly data: string;
}

/** Ms before it asks again where the stream broke off, longer each time. */
const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 30_000;

/**
 * Calls `onEvent` with each event until `signal` is aborted. A stream that breaks off is taken up again where it was;
 * `onBreak` is told that there is none for now.
 */
export async function followEvents(
  path: string,
  signal: AbortSignal,
  { onEvent, onBreak }: { onEvent(event: ServerEvent): void; onBreak(): void },
): Promise<void> {
  let lastId: string | null = null;
  let pause = PAUSE_MS_MIN;
  while (!signal.aborted) {
    try {
      const resumed: Record<string, string> = lastId === null ? {} : { 'last-event-id': lastId };
      const { body } = await ask(path, signal, 'text/event-stream', resumed);
      for await (const { id, ...event } of readEvents(body)) {
        lastId = id ?? lastId;
        pause = PAUSE_MS_MIN;
        onEvent(event);
      }
    } catch {
      // Broken off, or refused for now: asked again below.
    }
    if (signal.aborted) return;
    onBreak();
    await new Promise((resume) => setTimeout(resume, pause));
    pause = Math.min(PAUSE_MS_MAX, pause * 2);
  }
}

/** The events of a stream, as WHATWG has them: fields by line, an empty line ends an event, a colon begins a comment. */
async function* readEvents(
  body: ReadableStream<Uint8Array> | null,
): AsyncGenerator<ServerEvent & { readonly id: string | null }> {
  const reader = body
    ?.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let text = '';
  let fields: Record<string, string> = {};
  for (;;) {
    const part = await reader?.read();
    if (part === undefined || part.done) return;
    const lines = (text + part.value).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines.map((each) => each.replace(/\r$/, ''))) {
      if (line === '') {
        if (fields.data !== undefined)
          yield { type: fields.event ?? 'message', data: fields.data, id: fields.id ?? null };
        fields = {};
        continue;
      }
      const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      fields[name] = name === 'data' && fields.data !== undefined ? `${fields.data}\n${value}` : value;
    }
  }
}
