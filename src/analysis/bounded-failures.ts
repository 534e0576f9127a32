/** Failures that began with a change of routing: the change tells what was there before. */
import { formatAddress } from '../domain/address.ts';
import { formatTime } from '../domain/time.ts';
import { maxOf } from './extremes.ts';
import { isOwnFailure } from './failures.ts';
import type { Finding } from './findings.ts';
import type { ShiftDraft } from './shifts.ts';

/** Gives failures without a lower bound that of the changes into what failed; all other findings stay as they are. */
export function boundFailures(findings: readonly Finding[], shifts: readonly ShiftDraft[]): Finding[] {
  const into = new Map<number, ShiftDraft[]>();
  for (const shift of shifts) {
    for (const leg of shift.to.flatMap((run) => run.legs)) {
      if (!leg.facts.failed) continue;
      const list = into.get(leg.flow.shape.id);
      if (list === undefined) into.set(leg.flow.shape.id, [shift]);
      else list.push(shift);
    }
  }
  return findings.map((finding) => {
    if (finding.onset.after !== null || !isOwnFailure(finding)) return finding;
    const changes = new Set(finding.legs.flatMap((leg) => into.get(leg.flow.shape.id) ?? []));
    const began = [...changes].filter(({ firstAfter }) => firstAfter >= finding.onset.before);
    const lows = began.map((shift) => shift.lastBefore).filter((time) => time < finding.onset.before);
    if (lows.length === 0) return finding;
    return {
      ...finding,
      onset: { ...finding.onset, after: maxOf(lows, 0) },
      shifts: began,
      evidence: [...finding.evidence, ...changeSentences(began)],
    };
  });
}

/** Where what fails now went before: the change is the reason, or is meant to mend what fails anyway. */
function changeSentences(began: readonly ShiftDraft[]): string[] {
  const [first] = began.filter(({ from, to: [head] }) => from.name !== head.name);
  if (first === undefined) return [];
  const { from, to, lastBefore } = first;
  return [
    `Their routing changed first: until ${formatTime(lastBefore)} connections to ${formatAddress(to[0].local)} went to ` +
      `${from.name ?? 'no cluster'}, now they go to ${to[0].name ?? 'no cluster'}.`,
  ];
}
