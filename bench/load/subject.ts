/** Finds what questions can be about in what a server holds. */
import { repeatLines } from '../input/repeat.ts';
import type { Subject } from './questions.ts';

interface Line {
  readonly id: string;
  readonly pod: string;
  readonly workload: string;
  readonly start_time: string;
  readonly upstream_cluster: string;
  readonly downstream_local_address: string;
  readonly downstream_remote_address: string;
}

/** The newest connection to a service, and the first of everything else. `file`: what is stored. Errors: `Error` when there is none. */
export async function findSubject(url: string, file: string): Promise<Subject> {
  const newest = await firstOf<Line>(url, 'connections', { upstream_cluster: 'outbound|*' });
  const served = await firstOf<Line>(url, 'connections', { direction: 'inbound' });
  const pair = await firstOf<{ id: string }>(url, 'pairs', {});
  const incident = await firstOf<{ id: string }>(url, 'incidents', {});
  const shift = await firstOf<{ id: string }>(url, 'shifts', {});
  const [begin] = repeatLines(file, 1);
  if (newest === null || served === null || pair === null || incident === null || begin === undefined)
    throw new Error('there is nothing to ask about');
  return {
    connection: newest.id,
    pair: pair.id,
    incident: incident.id,
    shift: shift?.id ?? null,
    pod: newest.pod,
    workload: newest.workload,
    source: newest.downstream_remote_address,
    serverSource: served.downstream_remote_address,
    destination: newest.downstream_local_address,
    cluster: newest.upstream_cluster,
    port: Number(newest.downstream_local_address.split(':').at(-1)),
    first: new Date(begin.hour).toISOString(),
    last: newest.start_time,
  };
}

async function firstOf<T>(
  url: string,
  list: string,
  values: Readonly<Record<string, string>>,
): Promise<T | null> {
  const query = new URLSearchParams({ ...values, limit: '1' });
  const answer = await fetch(`${url}/api/v1/${list}?${query}`);
  if (answer.status !== 200) throw new Error(`the server answered ${answer.status}: ${await answer.text()}`);
  const { items } = (await answer.json()) as { items: T[] };
  return items[0] ?? null;
}
