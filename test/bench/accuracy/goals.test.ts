import t from 'tap';
import { missedGoals } from '../../../bench/accuracy/goals.ts';
import { type ChangeScore, scoreIncidents } from '../../../bench/accuracy/incidents.ts';
import { accuracyPage } from '../../../bench/accuracy/page.ts';
import { type FoundPair, type NamedTruePair, scorePairs } from '../../../bench/accuracy/pairs.ts';
import type { NamedCase } from '../../../bench/accuracy/table.ts';
import { simulate } from '../../../bench/simulator/simulate.ts';

const MESH = simulate({ seed: 1, scenario: 'recovery' }).options;

/** A case of 10 000 pairs of two kinds, of which some were told wrongly or not at all. */
function caseOf({
  swapped = 0,
  untold = 0,
  guessed = 0,
  change = {} as Partial<ChangeScore>,
} = {}): NamedCase {
  const names = Array.from({ length: 10_000 }, (_, i) => String(i));
  const truth = names.map((name): NamedTruePair => pair(name, name, 'full'));
  const told = names
    .slice(untold)
    .map((name, i): FoundPair => pair(name, i < swapped ? 'other' : name, 'full'));
  const half = names
    .slice(0, 20)
    .map((name, i): FoundPair => pair(`h${name}`, `h${name}`, i < guessed ? 'sni' : 'full'));
  const right: NamedTruePair[] = half.slice(guessed).map((one) => ({ ...one, kind: 'full', part: 'p' }));
  const score: ChangeScore = {
    change: 'silent_capture',
    named: 1,
    again: [],
    sourcePrecision: 1,
    sourceRecall: 1,
    onsetRight: true,
    onsetWidth: 5,
    shifts: { all: 1, right: 1 },
    misdated: [],
    endRight: true,
    ...change,
  };
  const result = {
    truth: simulate({ seed: 1, scenario: 'recovery' }).truth(),
    tally: { received: 0, duplicates: 0, skipped: 0 },
    pairs: scorePairs([...truth, ...right], [...told, ...half], new Set(['lost'])),
    keyOnly: { precision: 1, recall: 1 },
    reused: 0,
    incidents: { ...scoreIncidents([], [], []), changes: [score] },
  };
  return { options: { scenario: 'recovery', format: 'istio-1.9', seed: 1, lines: 9 }, result };
}

function pair<K>(outbound: string, inbound: string, kind: K) {
  return { outbound: `o${outbound}`, inbound: `i${inbound}`, kind, part: 'service' };
}

t.test('a run without a mistake misses no goal', async (t) => {
  t.strictSame(missedGoals([caseOf(), caseOf()]), []);
});

t.test('each goal is missed by what it is about', async (t) => {
  const rows: [NamedCase, RegExp][] = [
    [caseOf({ swapped: 6, untold: 0 }), /recovery: precision of pairs by full key/],
    [caseOf({ untold: 6 }), /recovery: recall of pairs by full key/],
    [caseOf({ guessed: 1 }), /precision of pairs of kind sni is 0\.00000, 0 of 1/],
    [caseOf({ change: { named: 0 } }), /silent_capture was missed/],
    [caseOf({ change: { onsetRight: false } }), /the onset of silent_capture is wrong/],
    [caseOf({ change: { endRight: false } }), /the end of silent_capture is wrong/],
    [caseOf({ change: { sourcePrecision: 0.98 } }), /precision of sources is 0\.98000/],
    [caseOf({ change: { sourceRecall: 0.98 } }), /recall of sources is 0\.98000/],
  ];
  for (const [one, expected] of rows) {
    const missed = missedGoals([one]);
    t.ok(
      missed.some((sentence) => expected.test(sentence)),
      `${expected}: ${missed.join('; ')}`,
    );
  }
});

t.test('a mistake among very many pairs is allowed', async (t) => {
  t.strictSame(missedGoals([caseOf({ untold: 4 })]), []);
});

t.test('the page tells what was missed, or that nothing was', async (t) => {
  t.match(accuracyPage([caseOf()], MESH), /\nAll met\.\n/);
  t.match(accuracyPage([caseOf()], MESH), /Of 1 lines whose other end was lost, or writes none, 0 were told/);
  const page = accuracyPage([caseOf({ untold: 7, change: { named: 0 } })], MESH);
  t.match(page, /Not met:\n\n- recovery: recall/);
  t.match(page, /missed \(full, service\): recovery, istio-1\.9, seed 1: `o0` with `i0`/);
  t.match(page, /\| recovery \| silent_capture \| 0 \/ 1 \|/);
});
