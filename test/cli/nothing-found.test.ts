import t from 'tap';
import { nothingFound } from '../../src/cli/nothing-found.ts';
import type { FilterTexts, Source } from '../../src/cli/source.ts';
import type { Coverage } from '../../src/domain/coverage.ts';
import { AppError } from '../../src/domain/errors.ts';
import { makeCoverage } from '../helpers/report.ts';

/** A source that has coverage alone, and the filters that it was asked with. */
function sourceOf(coverage: () => Coverage): { source: Source; asked: FilterTexts[] } {
  const asked: FilterTexts[] = [];
  const never = (): never => {
    throw new Error('BUG: only coverage is asked for');
  };
  const source: Source = {
    list: never,
    each: never,
    get: never,
    explain: never,
    coveragePods: never,
    timeseries: never,
    topology: never,
    evidence: never,
    keptReports: never,
    keptReport: never,
    report: never,
    coverage: async (filters) => {
      asked.push(filters);
      return coverage();
    },
    close: async () => {},
  };
  return { source, asked };
}

t.test('an empty list says among how much it found nothing', async (t) => {
  const { source, asked } = sourceOf(() => makeCoverage('web'));
  t.equal(
    await nothingFound('shifts', { since: ['1h'], port: ['5701'], severity: ['high'] }, source),
    'no shifts found in 10 lines of 2 pods, 2024-03-05 09:10:00.100 UTC to 2024-03-05 09:20:09.870 UTC; 2 lines could not be read',
  );
  t.strictSame(asked, [{ since: ['1h'] }], 'what was looked for is no part of it');
});

t.test('where nothing was read, it says so', async (t) => {
  const { lines, ...rest } = makeCoverage('web');
  const { source } = sourceOf(() => ({ ...rest, lines: { ...lines, total: 0 }, rejected: 0 }));
  t.equal(await nothingFound('pairs', {}, source), 'no pairs found: there are no lines');
  t.equal(
    await nothingFound('pairs', { pod: ['web'] }, source),
    'no pairs found: there are no lines of such pods and times',
  );
});

t.test('a server that does not tell leaves the answer as it is', async (t) => {
  const { source } = sourceOf(() => {
    throw new AppError('not_found', 'cannot find "/api/v1/coverage"');
  });
  t.equal(await nothingFound('pairs', {}, source), 'no pairs found');
});
