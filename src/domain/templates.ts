/** What lines share that differ in their `LineNumbers` only: rows of texts, by number. */

/** What a row has a text for, in this order. */
export const TEMPLATE_FIELDS = [
  'pod',
  'namespace',
  'container',
  'node',
  'format',
  'envelope',
  'method',
  'protocol',
  /** In decimal digits. */
  'response_code',
  /** Joined by commas. */
  'response_flags',
  'response_code_details',
  'connection_termination_details',
  'upstream_transport_failure_reason',
  'upstream_host',
  'upstream_cluster',
  /** Of `upstream_local_address`, without the port. */
  'upstream_local_host',
  'downstream_local_address',
  /** Of `downstream_remote_address`, without the port. */
  'downstream_remote_host',
  'requested_server_name',
  'route_name',
  'x_forwarded_for',
  'user_agent',
  'authority',
] as const;
export type TemplateField = (typeof TEMPLATE_FIELDS)[number];

/** Place of each field in a row. */
export const TEMPLATE_FIELD = Object.fromEntries(
  TEMPLATE_FIELDS.map((field, index) => [field, index]),
) as Readonly<Record<TemplateField, number>>;

export const TEMPLATE_WIDTH = TEMPLATE_FIELDS.length;
/** Number of no text: the lines do not have the field. */
export const NO_TEXT = 0;
const FIRST_CAPACITY = 1_024;

/** Templates by number, beginning with 0. Only ever grows: what a number means stays. */
export class Templates {
  /** How many there are. */
  size = 0;
  /** TEMPLATE_WIDTH numbers of texts for each. Another array once it has to grow. */
  rows = new Int32Array(FIRST_CAPACITY * TEMPLATE_WIDTH);
  /** By number; the first stands for NO_TEXT. */
  readonly texts: string[] = [''];
  readonly #numbers = new Map<string, number>();

  /** Number of a text, a new one when it is new; NO_TEXT for null. */
  numberOf(text: string | null): number {
    if (text === null) return NO_TEXT;
    let number = this.#numbers.get(text);
    if (number === undefined) {
      // A piece of a long string would keep all of it alive: the copy is its own.
      const copy = Buffer.from(text, 'utf16le').toString('utf16le');
      number = this.texts.push(copy) - 1;
      this.#numbers.set(copy, number);
    }
    return number;
  }

  /** Adds a row and answers its number. */
  add(row: Int32Array): number {
    this.#makeRoom(TEMPLATE_WIDTH);
    this.rows.set(row, this.size * TEMPLATE_WIDTH);
    return this.size++;
  }

  /** What the lines of a template have in a field; null: nothing. */
  text(template: number, field: TemplateField): string | null {
    const number = this.rows[template * TEMPLATE_WIDTH + TEMPLATE_FIELD[field]] ?? NO_TEXT;
    return number === NO_TEXT ? null : (this.texts[number] ?? null);
  }

  /** No templates, but the same numbers for the same texts. */
  emptied(): Templates {
    const other = new Templates();
    other.append({ texts: this.texts.slice(1), rows: new Int32Array(0) });
    return other;
  }

  /** What was added since there were so many texts (that for NO_TEXT among them) and templates. */
  since(texts: number, templates: number): TemplateNews {
    return {
      texts: this.texts.slice(texts),
      rows: this.rows.slice(templates * TEMPLATE_WIDTH, this.size * TEMPLATE_WIDTH),
    };
  }

  /** Adds what was added to others that were the same as these before. */
  append({ texts, rows }: TemplateNews): void {
    for (const text of texts) this.numberOf(text);
    this.#makeRoom(rows.length);
    this.rows.set(rows, this.size * TEMPLATE_WIDTH);
    this.size += rows.length / TEMPLATE_WIDTH;
  }

  /** For so many numbers more. */
  #makeRoom(numbers: number): void {
    const needed = this.size * TEMPLATE_WIDTH + numbers;
    if (needed <= this.rows.length) return;
    const wider = new Int32Array(Math.max(needed, 2 * this.rows.length));
    wider.set(this.rows);
    this.rows = wider;
  }
}

/** Templates on their way to another thread. */
export interface TemplateNews {
  readonly texts: readonly string[];
  readonly rows: Int32Array<ArrayBuffer>;
}
