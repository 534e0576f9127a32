/** Dear questions are asked once more before somebody asks them. */
import t from 'tap';
import type { Question } from '../../src/answers/messages.ts';
import { createRehearsal } from '../../src/answers/rehearsal.ts';

/** A thread that notes what it is asked, and takes its time. */
function start() {
  const clock = { now: 0 };
  const asked: string[] = [];
  const thread = {
    async ask({ args, version }: Question) {
      asked.push(`${args[0]} of ${version}`);
      clock.now += 1_000;
      if (args[0] === 'broken') throw new Error('timeout');
      return { answer: null, version: 1 };
    },
  };
  const rehearsal = createRehearsal(() => clock.now);
  const note = (id: string, ms: number): void => rehearsal.note({ method: 'incident', args: [id] }, ms);
  const play = async (): Promise<readonly string[]> => {
    await rehearsal.play(thread);
    return asked.splice(0);
  };
  return { clock, note, play };
}

t.test('what was dear once is asked again, as long as somebody asks for it', async (t) => {
  const { clock, note, play } = start();
  note('cheap', 49);
  note('cheap', 49);
  note('once', 500);
  note('dear', 50);
  note('broken', 500);
  note('broken', 500);
  note('dear', 1);
  t.strictSame(
    await play(),
    ['broken of 0', 'dear of 0'],
    'each once, of the moment that the thread stays at',
  );
  clock.now += 50_000;
  note('dear', 1);
  clock.now += 20_000;
  t.strictSame(await play(), ['dear of 0']);
  clock.now += 70_000;
  t.strictSame(await play(), []);
});

t.test('no more than some, and no longer than some seconds', async (t) => {
  const { note, play } = start();
  for (let i = 0; i < 40; i++) for (const ms of [100, 1]) note(`q${i}`, ms);
  const asked = await play();
  t.equal(asked.length, 10, 'a second each');
  t.equal(asked[0], 'q24 of 0', 'of the newest sixteen');
});
