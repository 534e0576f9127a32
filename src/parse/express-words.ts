/**
 * Kinds of words that every known format reads alike: where a line has one of them, it can as well have any other of the
 * same kind, and is read the same way with that other value.
 */
import { parseAddress } from '../domain/address.ts';

/** What a stretch of a line has in common with others. */
export interface Pattern {
  /** The stretch with a mark for each word of a kind: the same for all stretches that are read alike. */
  readonly text: string;
  /** The values of those words, in their order: without quotes round them, and without a colon behind them. */
  readonly values: readonly string[];
}

interface Kind {
  /** Stands for the word in a pattern. No stretch holds it. */
  readonly mark: string;
  readonly is: (word: string) => boolean;
  /** Such a word that no line is likely to have, another one for each number. */
  readonly probe: (number: number) => string;
}

const isAddress = (word: string): boolean => parseAddress(word) !== null;
const isIpv4 = (word: string): boolean => /^\d/.test(word) && isAddress(`${word}:1`);
const isIpv6 = (word: string): boolean => word.startsWith('[') && isAddress(`${word}:1`);
const probe4 = (number: number): string => `203.0.113.${number + 1}`;
const probe6 = (number: number): string => `[2001:db8:5:0:1::${(number + 16).toString(16)}]`;

/** In the order in which they are tried. */
const KINDS: readonly Kind[] = [
  {
    mark: '\u0001',
    is: (word) => /^\d/.test(word) && isAddress(word),
    probe: (n) => `${probe4(n)}:${7_101 + n}`,
  },
  { mark: '\u0002', is: isIpv4, probe: probe4 },
  {
    mark: '\u0003',
    is: (word) => word.startsWith('[') && isAddress(word),
    probe: (n) => `${probe6(n)}:${7_101 + n}`,
  },
  { mark: '\u0004', is: isIpv6, probe: probe6 },
  {
    // A name. Neither a number nor a list of flags, which have none of `.`, `|` and `-`.
    mark: '\u0005',
    is: (word) => /^[A-Za-z0-9_.|-]+$/.test(word) && /[.|-]/.test(word) && /[A-Za-z]/.test(word),
    probe: (n) => `probe-${n}.words|of.it_`,
  },
];
const BY_MARK = new Map(KINDS.map((kind) => [kind.mark, kind]));
/** Quotes within JSON have a backslash before them. An address whose port is read apart ends in a colon. */
const WORD = /^((?:\\?")?)(.*?)(:?)\1$/s;

/** In an object: a key, and a string behind it, which an address whose port is read apart leaves open. */
const MEMBER = /("[^"\\]*":")([^"\\]*?)(:?)(?="|$)/g;

/** The same of a stretch of an object. */
export function objectPatternOf(stretch: string): Pattern {
  const values: string[] = [];
  const text = stretch.replace(MEMBER, (member, key: string, value: string, colon: string) => {
    const kind = KINDS.find(({ is }) => is(value));
    if (kind === undefined) return member;
    values.push(value);
    return key + kind.mark + colon;
  });
  return { text, values };
}

/** Finds the words of a kind in a stretch of printable ASCII. */
export function patternOf(stretch: string): Pattern {
  const values: string[] = [];
  const words = stretch.split(' ').map((word) => {
    const [, quote = '', value = '', colon = ''] = WORD.exec(word) ?? [];
    const kind = KINDS.find(({ is }) => is(value));
    if (kind === undefined) return word;
    values.push(value);
    return quote + kind.mark + colon + quote;
  });
  return { text: words.join(' '), values };
}

/** A stretch of this pattern with values that no line is likely to have, told from each other by `first` and following. */
export function probePattern({ text }: Pattern, first: number): { text: string; values: readonly string[] } {
  const values: string[] = [];
  const probed = Array.from(text, (character) => {
    const kind = BY_MARK.get(character);
    if (kind === undefined) return character;
    const value = kind.probe(first + values.length);
    values.push(value);
    return value;
  });
  return { text: probed.join(''), values };
}
