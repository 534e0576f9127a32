/** The thread that answers questions: opens the database that another one writes, and answers what it is asked. */
import { parentPort, workerData } from 'node:worker_threads';
import { createAnalysis } from '../analysis/create-analysis.ts';
import { pairingRules } from '../analysis/pairing/rules.ts';
import { withDeadline } from '../answers/deadline.ts';
import { serveAnswers } from '../answers/serve-answers.ts';
import { renderLine } from '../parse/render.ts';
import { openFollower } from '../store/sqlite/follower.ts';

/** What the thread is told. */
export interface AnsweringThreadData {
  readonly path: string;
}

if (parentPort !== null) {
  const { path } = workerData as AnsweringThreadData;
  await serveAnswers(parentPort, ({ changedSince, checkDeadline, lost }) => {
    const follower = openFollower({
      path,
      rules: pairingRules,
      changedSince,
      onStep: checkDeadline,
      onFailure: lost,
    });
    const finish = <T>(work: () => Promise<T>): Promise<T> => withDeadline(null, work);
    const analysis = createAnalysis({ reader: follower, render: renderLine, now: Date.now, finish });
    const { hold, release, moment, renew, close } = follower;
    return { analysis, hold, release, moment, renew, close, follow: analysis.follow };
  });
}
