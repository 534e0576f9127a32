/**
 * Lines of a very small world, put together at random: pods and addresses that change hands, services that are found late, proxies
 * that turn out to be gateways, clusters that take what is not theirs. After every batch the model that lived through all before
 * answers what one built from nothing answers. `LONG_TESTS=1` runs many more.
 */

import fc from 'fast-check';
import t from 'tap';
import { createAnalysis } from '../../src/analysis/create-analysis.ts';
import type { ParsedLine } from '../../src/domain/entry.ts';
import type { Store } from '../../src/domain/ports.ts';
import type { Analysis } from '../../src/domain/queries.ts';
import { HOUR_MS } from '../../src/domain/time.ts';
import { makeLine, memoryStore } from '../helpers/flows.ts';
import { firstDifference, wholeAnswers } from '../helpers/whole-answers.ts';

const RUNS = process.env.LONG_TESTS === undefined ? 60 : 3_000;
const START = Date.UTC(2024, 4, 1, 10);

const PODS = [
  'web-6f5d8c7b9d-aa2aa',
  'web-6f5d8c7b9d-bb2bb',
  'db-0',
  'edge-gateway-5d8c7b9d66-cc2cc',
  null,
] as const;
const IPS = [
  '10.1.0.5',
  '10.1.0.6',
  '10.1.0.7',
  '10.96.0.1',
  '10.96.0.2',
  '203.0.113.9',
  '2001:db8::7',
] as const;
const HOSTS = [
  'db.shop.svc.cluster.local',
  'web.shop.svc.cluster.local',
  'trap.other.svc.cluster.local',
] as const;
const PORTS = [5432, 6379] as const;

const ip = fc.constantFrom(...IPS);
const port = fc.constantFrom(...PORTS);
const address = fc
  .tuple(ip, port)
  .map(([host, at]) => (host.includes(':') ? `[${host}]:${at}` : `${host}:${at}`));
const cluster = fc.oneof(
  fc.constantFrom('PassthroughCluster', 'BlackHoleCluster', 'InboundPassthroughClusterIpv4', null),
  fc.tuple(port, fc.constantFrom(...HOSTS)).map(([at, host]) => `outbound|${at}||${host}`),
  fc.tuple(port, fc.constantFrom(...HOSTS)).map(([at, host]) => `outbound|${at}||${host}`),
  fc.tuple(port, fc.constantFrom(...HOSTS)).map(([at, host]) => `inbound|${at}||${host}`),
  port.map((at) => `inbound|${at}||`),
);
const sni = fc.oneof(
  fc.constant(null),
  fc.constant(null),
  fc.tuple(port, fc.constantFrom(...HOSTS)).map(([at, host]) => `outbound_.${at}_._.${host}`),
);
const hours = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 20, max: 60 }));

const line: fc.Arbitrary<ParsedLine> = fc
  .record({
    pod: fc.constantFrom(...PODS),
    namespace: fc.constantFrom('shop', 'shop', null),
    hour: hours,
    minute: fc.integer({ min: 0, max: 59 }),
    client: ip,
    local: address,
    upstream: fc.oneof(address, fc.constant(null)),
    cluster,
    sni,
    flags: fc.constantFrom([], [], [], ['UF'], ['UH'], ['NR'], ['DT']),
    duration: fc.constantFrom(0, 100, 10_000),
    port: fc.integer({ min: 0, max: 3 }),
  })
  .map((drawn) => {
    const client = drawn.client.includes(':') ? `[${drawn.client}]` : drawn.client;
    const isMade = drawn.upstream !== null && drawn.flags.length === 0;
    return makeLine({
      pod: drawn.pod,
      namespace: drawn.namespace,
      start_time: START + drawn.hour * HOUR_MS + drawn.minute * 60_000,
      duration: drawn.duration,
      bytes_received: isMade ? 10 : 0,
      bytes_sent: isMade ? 20 : 0,
      response_flags: drawn.flags,
      upstream_cluster: drawn.cluster,
      upstream_host: drawn.upstream,
      upstream_local_address: isMade ? `${client}:${40_000 + drawn.port}` : null,
      downstream_local_address: drawn.local,
      downstream_remote_address: `${client}:${40_000 + drawn.port}`,
      requested_server_name: drawn.sni,
    });
  });

const life = fc.array(fc.array(line, { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 8 });

t.test('what is learned late is learned as if it had been known from the beginning', async (t) => {
  await fc.assert(
    fc.asyncProperty(life, async (batches) => {
      const store = memoryStore();
      const living = analysisOf(store);
      try {
        for (const [index, batch] of batches.entries()) {
          store.add(batch);
          const difference = firstDifference(
            await wholeAnswers(analysisOf(store)),
            await wholeAnswers(living),
          );
          if (difference !== null) throw new Error(`after batch ${index}: ${difference}`);
        }
      } finally {
        await store.close();
      }
    }),
    { numRuns: RUNS, seed: Number(process.env.SEED ?? 3) },
  );
  t.pass('held');
});

function analysisOf(store: Store): Analysis {
  return createAnalysis({ reader: store, render: () => null, now: () => START + 100 * HOUR_MS });
}
