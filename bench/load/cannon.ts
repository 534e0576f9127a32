/** Asks a server over and over, by autocannon in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endWithUs } from '../measure/children.ts';
import { defaultPeersFolder, installPeers } from '../peers/install.ts';

const CANNON = fileURLToPath(new URL('cannon.mjs', import.meta.url));

export interface Job {
  readonly url: string;
  /** Requests under way at once. */
  readonly connections: number;
  /** How long it asks, and how long it waits for the first answer. */
  readonly seconds: number;
  readonly patience: number;
}

/** What became of a job. */
export interface Shots {
  /** Ms of each request that was answered, its whole answer included. */
  readonly times: readonly number[];
  /** How often each status came; 0: no answer in time. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly seconds: number;
}

export interface Cannon {
  /** One job at a time. Errors: `Error` when it cannot be done. */
  fire(job: Job): Promise<Shots>;
  stop(): void;
}

/** Installs autocannon in the folder, or in the user's cache, unless it is there. Errors: `Error` when that fails. */
export function startCannon(folder: string, tell: (text: string) => void): Cannon {
  const packages = folder || defaultPeersFolder(process.env);
  if (installPeers(packages, ['autocannon'], tell).size === 0) throw new Error('there is no autocannon');
  const child = endWithUs(fork(CANNON, [packages], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
  return {
    async fire(job) {
      const answered = once(child, 'message');
      child.send(job);
      const [answer] = (await answered) as [Shots | { readonly error: string }];
      if ('error' in answer) throw new Error(answer.error);
      return answer;
    },
    stop: () => void child.kill(),
  };
}
