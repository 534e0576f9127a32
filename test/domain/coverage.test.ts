import t from 'tap';
import { cutCoverage } from '../../src/domain/coverage.ts';
import { makeCoverage } from '../helpers/report.ts';

t.test('a limit cuts lists of pods, peers and rejects, and leaves the totals', async (t) => {
  const one = makeCoverage('web');
  const coverage = {
    ...one,
    pods: [...one.pods, ...one.pods],
    peers: [...one.peers, ...one.peers],
    rejects: [...one.rejects, ...one.rejects],
  };
  t.strictSame(cutCoverage(coverage, 1), one);
  t.strictSame(cutCoverage(coverage, 2), coverage);
});
