/** A text that nobody gets to see by accident: printed, logged or as JSON it is three stars. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the one place that needs it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  /** What Node.js shows of it. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***';
  }
}
