/**
 * Knows which lines were issued, which were acknowledged, and what each must look like.
 * Five promises are held against a database: what was acknowledged is there, once; what is there was issued; each is what
 * was sent, to the letter; a fresh line is taken; and enough happened for this to mean something (for the caller to say).
 */

import { Random } from '../../../bench/simulator/random.ts';
import { pairingRules } from '../../../src/analysis/pairing/rules.ts';
import type { StoredLine } from '../../../src/domain/ports.ts';
import type { IngestTally } from '../../../src/domain/resources.ts';
import { formatTime } from '../../../src/domain/time.ts';
import { renderLine } from '../../../src/parse/render.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';

const PODS = ['oracle-client-0', 'oracle-server-0'] as const;
const CLIENT_IP = '10.40.1.5';
const SERVER_IP = '10.40.2.8';
const SERVICE = 'cache.shop.svc.cluster.local';

export interface SentLines {
  readonly ids: readonly number[];
  /** It was sent before, and nobody knows whether it is stored. */
  readonly isAgain: boolean;
  readonly body: string;
}

export interface OracleStats {
  readonly issued: number;
  readonly acknowledged: number;
  /** Lines of batches that had no answer, sent again and found to be stored. */
  readonly foundStored: number;
  readonly resent: number;
}

export class Oracle {
  readonly #base: number;
  readonly #random: Random;
  #next = 0;
  readonly #acknowledged = new Set<number>();
  /** Batches without an answer, to be sent again as they were. */
  readonly #unanswered: SentLines[] = [];
  readonly #answered: SentLines[] = [];
  #foundStored = 0;
  #resent = 0;
  readonly problems: string[] = [];

  /** Shape: `base`, the start of the first line, ms since the epoch. */
  constructor(seed: number, base: number) {
    this.#base = base;
    this.#random = new Random(seed, 'oracle');
  }

  stats(): OracleStats {
    return {
      issued: this.#next,
      acknowledged: this.#acknowledged.size,
      foundStored: this.#foundStored,
      resent: this.#resent,
    };
  }

  /** The next batch to send: one without an answer, one that had an answer, lines of two of them, or new ones. */
  take(linesMax: number): SentLines {
    const again = this.#unanswered.shift();
    if (again !== undefined) return again;
    if (this.#answered.length > 1 && this.#random.chance(0.1)) return this.#takeAnswered();
    const ids = Array.from({ length: this.#random.int(linesMax) + 1 }, () => this.#next++);
    return this.#batchOf(ids);
  }

  #takeAnswered(): SentLines {
    const pick = (): SentLines =>
      this.#answered[this.#random.int(this.#answered.length)] ?? this.#batchOf([]);
    const first = pick();
    if (this.#random.chance(0.5)) return first;
    const second = pick();
    const half = (ids: readonly number[]) => ids.slice(Math.floor(ids.length / 2));
    return this.#batchOf([...half(first.ids), ...half(second.ids).filter((id) => !first.ids.includes(id))]);
  }

  #batchOf(ids: readonly number[]): SentLines {
    return {
      ids,
      isAgain: false,
      body: ids.map((id) => `${this.#podOf(id)} istio-proxy ${this.message(id)}\n`).join(''),
    };
  }

  /** Nobody knows whether it is stored. */
  unanswered(batch: SentLines): void {
    this.#unanswered.push({ ...batch, isAgain: true });
  }

  answered(batch: SentLines, tally: IngestTally): void {
    const { isAgain } = batch;
    const known = batch.ids.filter((id) => this.#acknowledged.has(id)).length;
    const { received, accepted, duplicates } = tally;
    if (received !== batch.ids.length || accepted + duplicates !== received)
      this.problems.push(`${batch.ids.length} lines were sent, the answer is ${JSON.stringify(tally)}`);
    if (duplicates < known) this.problems.push(`${known} lines were known, ${duplicates} are told to be`);
    if (!isAgain && duplicates > known)
      this.problems.push(`${duplicates} lines are told to be known, ${known} are`);
    if (isAgain) this.#foundStored += duplicates - known;
    if (isAgain || known > 0) this.#resent++;
    for (const id of batch.ids) this.#acknowledged.add(id);
    this.#answered.push({ ...batch, isAgain: false });
    if (this.#answered.length > 50) this.#answered.shift();
  }

  /** Whether some batch has no answer yet. */
  owes(): boolean {
    return this.#unanswered.length > 0;
  }

  #podOf(id: number): string {
    return PODS[id % 2] ?? '';
  }

  /** Both ends of one connection have ids that differ in the last bit; all else follows from the rest of the id. */
  message(id: number): string {
    const connection = id >> 1;
    const isServer = id % 2 === 1;
    const start = formatTime(this.#base + connection * 3 + (isServer ? 1 : 0));
    const port = 20_000 + (connection % 20_000) * 2;
    const counts = `${connection} ${(connection * 7_919) % 100_003} ${isServer ? 40 : 43}`;
    const head = `[${start}] "- - -" 0 - - - "-" ${counts} - "-" "-" "-" "-"`;
    return isServer
      ? `${head} "127.0.0.1:6379" inbound|6379|| 127.0.0.6:${port} ${SERVER_IP}:6379 ${CLIENT_IP}:${port} outbound_.6379_._.${SERVICE} default`
      : `${head} "${SERVER_IP}:6379" outbound|6379||${SERVICE} ${CLIENT_IP}:${port} 10.96.14.20:6379 ${CLIENT_IP}:${port + 1} - default`;
  }

  /** Holds a closed database against all that is known. Shape: what is wrong, in sentences. */
  async check(path: string): Promise<string[]> {
    const problems = [...this.problems];
    const seen = new Set<number>();
    for await (const line of linesIn(path)) {
      const id = this.#idOf(line);
      if (id === null) continue;
      if (id >= this.#next) problems.push(`line ${id} was never issued`);
      if (seen.has(id)) problems.push(`line ${id} is there twice`);
      seen.add(id);
      const text = line.raw ?? renderLine(line.format, line.entry);
      if (text !== this.message(id)) problems.push(`line ${id} is ${text}, not ${this.message(id)}`);
    }
    const lost = [...this.#acknowledged].filter((id) => !seen.has(id));
    if (lost.length > 0)
      problems.push(`${lost.length} acknowledged lines are lost: ${lost.slice(0, 5).join(', ')}`);
    return problems;
  }

  /** Null: the line is not the oracle's. */
  #idOf({ identity, entry }: StoredLine): number | null {
    const end = PODS.indexOf(identity.pod as (typeof PODS)[number]);
    return end < 0 ? null : (entry.bytes_received ?? -1) * 2 + end;
  }
}

async function* linesIn(path: string): AsyncGenerator<StoredLine> {
  const store = openSqliteStore({ path, mode: 'read', rules: pairingRules });
  try {
    let after: { start_time: number; id: string } | null = null;
    for (;;) {
      const lines: readonly StoredLine[] = await store.lines({
        since: null,
        until: null,
        shapes: null,
        order: 'oldest',
        after,
        limit: 10_000,
      });
      yield* lines;
      const last = lines.at(-1);
      if (last === undefined) return;
      after = { start_time: last.entry.start_time, id: last.id };
    }
  } finally {
    await store.close();
  }
}
