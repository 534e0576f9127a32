// Promises: B6 (docs/reliability.md).
/** The side of the thread that answers: a question holds its moment for as long as it is answered, and is not begun too late. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { steadyNow } from '../../src/answers/deadline.ts';
import type { FromAnswers, ToAnswers } from '../../src/answers/messages.ts';
import { serveAnswers } from '../../src/answers/serve-answers.ts';
import type { Analysis } from '../../src/domain/queries.ts';

/** A source that notes what is done to it; questions about incidents do what their ids ask for. */
async function start(t: Pick<Test, 'teardown'>) {
  const { port1, port2 } = new MessageChannel();
  const done: string[] = [];
  const analysis = {
    async incident(id: string) {
      done.push(`asked ${id}`);
      if (id === 'throw') throw new Error('BUG: no answer');
      return { id };
    },
  };
  await serveAnswers(port1, () => ({
    analysis: analysis as unknown as Analysis,
    hold(version) {
      if (version < 0) throw new Error('BUG: no moment');
      done.push(`hold ${version}`);
    },
    release: () => void done.push('release'),
    moment: () => 7,
    follow: async () => void done.push('follow'),
    renew: () => void done.push('renew'),
    close: () => void done.push('close'),
  }));
  t.teardown(() => port2.close());
  await next(port2);
  let lastId = 0;
  const ask = async (
    id: string,
    { version = 1, deadline = null }: { readonly version?: number; readonly deadline?: number | null } = {},
  ): Promise<FromAnswers> => {
    const question: ToAnswers = {
      kind: 'ask',
      id: ++lastId,
      method: 'incident',
      args: [id],
      version,
      deadline,
    };
    port2.postMessage(question);
    return next(port2);
  };
  const say = (message: ToAnswers): Promise<FromAnswers> => {
    port2.postMessage(message);
    return next(port2);
  };
  return { ask, say, done };
}

function next(port: MessagePort): Promise<FromAnswers> {
  return new Promise((resolve) => port.once('message', resolve));
}

t.test('a question holds its moment until it is answered, however it ends', async (t) => {
  const { ask, done } = await start(t);
  t.match(await ask('a', { version: 7, deadline: steadyNow() + 60_000 }), {
    kind: 'answer',
    answer: { id: 'a' },
  });
  t.strictSame(done.splice(0), ['hold 7', 'asked a', 'release']);
  t.match(await ask('throw'), { kind: 'failed', error: { message: 'BUG: no answer' } });
  t.strictSame(done.splice(0), ['hold 1', 'asked throw', 'release']);
  t.match(await ask('b', { version: -1 }), { kind: 'failed', error: { message: 'BUG: no moment' } });
  t.strictSame(done, [], 'what was not held is not released');
});

t.test('a question whose time passed while it waited is not begun', async (t) => {
  const { ask, done } = await start(t);
  t.match(await ask('late', { deadline: steadyNow() - 1 }), { kind: 'failed', error: { code: 'timeout' } });
  t.strictSame(done, []);
});

t.test(
  'a moment that is followed to is held until it is let go, and once however often it is followed',
  async (t) => {
    const { say, done } = await start(t);
    t.match(await say({ kind: 'follow', id: 1, version: 3 }), { kind: 'done', id: 1, version: 7 });
    t.strictSame(done.splice(0), ['hold 3', 'follow']);
    const again = await say({ kind: 'follow', id: 2, version: 4 });
    t.ok(again.kind === 'done' && again.heapBytes > 1e6 && again.ms >= 0);
    t.strictSame(done.splice(0), ['hold 4', 'release', 'follow'], 'of two holds one is released');
    await say({ kind: 'renew', id: 3 });
    await say({ kind: 'let-go', id: 4 });
    await say({ kind: 'let-go', id: 5 });
    t.strictSame(done.splice(0), ['renew', 'release']);
    t.match(await say({ kind: 'follow', id: 6, version: -1 }), { kind: 'failed', id: 6 });
    t.strictSame(done, []);
  },
);
