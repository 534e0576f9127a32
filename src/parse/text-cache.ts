/** Gives the same string for the same text: made for texts that stand on line after line. */

/** Past so many different texts, something else than a mesh makes them up, and all are forgotten. */
const TEXTS_MAX = 16_384;
const TEXT_CHARACTERS_MAX = 256;

export class TextCache {
  readonly #texts = new Map<string, string>();

  /** The text as it was kept before, or undefined. */
  find(text: string): string | undefined {
    return this.#texts.get(text);
  }

  /** Keeps a copy that does not keep the line alive that the text was cut from; returns it. */
  keep(text: string): string {
    if (text.length > TEXT_CHARACTERS_MAX) return text;
    if (this.#texts.size >= TEXTS_MAX) this.#texts.clear();
    const copy = detach(text);
    this.#texts.set(copy, copy);
    return copy;
  }
}

/** A copy that does not keep the text alive that the string was cut from. */
export function detach(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string; // A JSON string parses to a string.
}
