/** Which parts of a raw log line decide a finding. */
import { RESPONSE_FLAGS } from '../../../domain/response-flags.ts';

export interface MarkedPart {
  readonly kind: 'plain' | 'dialled' | 'cluster' | 'flags';
  readonly text: string;
}

interface Deciding {
  readonly dialled: readonly string[];
  readonly cluster: string | null;
}

const SHORT = new Set(RESPONSE_FLAGS.map(({ short }) => short));

/** The parts of the line in their order; together they are the line. */
export function markLine(line: string, { dialled, cluster }: Deciding): readonly MarkedPart[] {
  const addresses = new Set(dialled);
  const parts: MarkedPart[] = [];
  let plain = '';
  // Words, and what stands between them: quotes, blanks and the punctuation of JSON.
  for (const text of line.match(/[^\s"'{},]+(?:,[A-Z]{2,6})*|[\s"'{},]+/g) ?? []) {
    const kind = kindOf(text, addresses, cluster);
    if (kind === 'plain') {
      plain += text;
      continue;
    }
    if (plain !== '') parts.push({ kind: 'plain', text: plain });
    plain = '';
    parts.push({ kind, text });
  }
  if (plain !== '') parts.push({ kind: 'plain', text: plain });
  return parts;
}

function kindOf(text: string, addresses: ReadonlySet<string>, cluster: string | null): MarkedPart['kind'] {
  if (text === cluster) return 'cluster';
  if (addresses.has(text)) return 'dialled';
  if (/^[A-Z]{2,6}(?:,[A-Z]{2,6})*$/.test(text) && text.split(',').every((flag) => SHORT.has(flag)))
    return 'flags';
  return 'plain';
}
