/** What no log tells, and what was judged with less than all: said once, where it applies. */
import { type Coverage, type CoverageNote, UNEXPLAINED_TARGET } from '../domain/coverage.ts';
import { EXPECTED } from './partner.ts';

export interface NoteFacts extends Pick<Coverage, 'lines' | 'pairing' | 'rejected'> {
  /** Lines that were judged by the last one of their hour. */
  readonly coarse: number;
  /** Lines of logs that name no pod. */
  readonly unnamed: number;
  /** Lines that a later line of the same connection stands for; these figures leave them out. */
  readonly superseded: number;
}

/** What bears on the figures first, what is so by nature last. */
export function writeNotes(facts: NoteFacts): CoverageNote[] {
  const { lines, pairing, rejected, coarse, unnamed, superseded } = facts;
  if (lines.total === 0 && rejected === 0) return [];
  const counted: ReadonlyArray<readonly [CoverageNote['about'], number, string]> = [
    [
      'unexplained',
      tooMany(facts),
      'More lines than usual (1 % of those that should have a partner) have none, and no reason for it',
    ],
    [
      'log_filtered',
      pairing.reasons.find(({ reason }) => reason === EXPECTED.log_filtered)?.lines ?? 0,
      'Partners are missing in logs that hold hardly any of them: such lines are not counted as unexplained',
    ],
    [
      'late_lines',
      coarse,
      'Lines without a partner were judged by the last one of their hour: some that are called pending may be unexplained',
    ],
    [
      'superseded',
      superseded,
      'Lines were written while their connection was open: its last line stands for them in these figures',
    ],
    ['rejected', rejected, 'Lines could not be read: what they tell is not in these figures'],
    ['unnamed_pods', unnamed, 'Lines do not say which pod wrote them: such logs are told apart by address'],
    [
      'unknown_direction',
      lines.unknown_direction,
      'Lines do not tell whether they are of the client or of the server',
    ],
    ['http', lines.http, 'HTTP lines are kept and paired, but routing is judged for TCP connections only'],
  ];
  return [
    ...counted
      .filter(([, amount]) => amount > 0)
      .map(([about, amount, text]) => ({ about, text, lines: amount })),
    ...(lines.total === 0 ? [] : BY_NATURE),
  ];
}

const BY_NATURE: readonly CoverageNote[] = [
  {
    about: 'open_connections',
    text: 'A proxy writes its line when a connection closes: connections that are still open are not here',
    lines: null,
  },
  {
    about: 'never_logged',
    text: 'A pod that calls its own address, excluded ports and addresses, the host network, and a TLS handshake that the server refuses leave no line',
    lines: null,
  },
];

/** Unexplained lines when their share is above the target, else 0. */
function tooMany({ pairing }: NoteFacts): number {
  return (pairing.unexplained_rate ?? 0) > UNEXPLAINED_TARGET ? pairing.unexplained : 0;
}
