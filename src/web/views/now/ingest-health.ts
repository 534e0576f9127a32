/** Whether lines are taken, and what became of those that came. */
import type { Coverage } from '../../../domain/coverage.ts';
import { formatCount } from '../../../output/text.ts';
import { ApiError, apiPath, getJson, getText } from '../../api/client.ts';
import { type Child, h } from '../../dom/element.ts';
import { panel } from '../../dom/panel.ts';
import { ago, bytes, dateTime } from '../../words/format.ts';
import { readMetrics } from './read-metrics.ts';

const COVERAGE = apiPath('coverage', { limit: 20 });

interface Health {
  /** Null: lines are taken. */
  readonly problem: string | null;
  readonly numbers: ReadonlyMap<string, number>;
  readonly coverage: Coverage;
}

const OUTCOMES = ['accepted', 'duplicates', 'skipped', 'rejected', 'failed'] as const;

export function ingestHealth(signal: AbortSignal, refreshMs: number): HTMLElement {
  return panel<Health>({
    title: 'Ingest',
    calls: ['/readyz', '/metrics', COVERAGE],
    signal,
    refreshMs,
    load: async () => {
      const [problem, metrics, coverage] = await Promise.all([
        readiness(signal),
        getText('/metrics', signal),
        getJson<Coverage>(COVERAGE, signal),
      ]);
      return { problem, numbers: readMetrics(metrics, 'meshwake_'), coverage };
    },
    show,
    empty: () => null,
  });
}

async function readiness(signal: AbortSignal): Promise<string | null> {
  try {
    await getText('/readyz', signal);
    return null;
  } catch (error) {
    if (error instanceof ApiError && error.status !== 0) return error.message;
    throw error;
  }
}

function show({ problem, numbers, coverage }: Health): Child {
  const number = (name: string): number => numbers.get(`meshwake_${name}`) ?? 0;
  const free = numbers.get('meshwake_disk_free_bytes');
  return [
    problem === null
      ? h('p', { class: 'big ok' }, h('strong', {}, 'Takes lines'))
      : h('p', { class: 'big alarm' }, h('strong', {}, 'Takes no lines: '), problem),
    coverage.last_seen === null
      ? null
      : h(
          'p',
          { class: 'muted' },
          `Last connection began ${ago(coverage.last_seen)}, at ${dateTime(coverage.last_seen)} UTC`,
        ),
    h(
      'p',
      {},
      h('strong', {}, formatCount(number('lines_received_total'))),
      ' lines received since it started',
    ),
    h(
      'dl',
      { class: 'facts' },
      OUTCOMES.map((name) => {
        const lines = number(`lines_${name}_total`);
        const isBad = lines > 0 && (name === 'rejected' || name === 'failed');
        return h(
          'div',
          { class: isBad ? 'alarm' : null },
          h('dt', {}, name),
          h('dd', {}, formatCount(lines)),
        );
      }),
      free === undefined ? null : h('div', {}, h('dt', {}, 'disk free'), h('dd', {}, bytes(free))),
      h(
        'div',
        {},
        h('dt', {}, 'database'),
        h('dd', {}, bytes(number('database_bytes') + number('wal_bytes'))),
      ),
    ),
    rejects(coverage),
  ];
}

/** Why lines could not be read, of all times, with one of each. */
function rejects({ rejects: reasons }: Coverage): Child {
  if (reasons.length === 0) return null;
  return [
    h('h3', {}, 'Rejected, by reason'),
    h(
      'ul',
      { class: 'plain' },
      reasons
        .slice(0, 5)
        .map(({ reason, lines, pod, sample }) =>
          h(
            'li',
            {},
            h('strong', {}, `${formatCount(lines)} ${reason}`),
            pod === null ? null : [' by ', h('code', {}, pod)],
            h('code', { class: 'sample' }, sample),
          ),
        ),
    ),
  ];
}
