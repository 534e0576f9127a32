/** Templates on both sides of two threads: each is sent once, before the first line that has it. */
import type { TemplateNews } from '../../domain/templates.ts';
import { Templates } from '../../domain/templates.ts';

export interface PackedTemplates {
  /** Stands for the object that numbered the templates. */
  readonly number: number;
  /** Templates that the other thread was not sent before. */
  readonly news: TemplateNews;
}

export interface SentTemplates {
  /** What the other thread has to be sent before it knows all of them. */
  news(templates: Templates): PackedTemplates;
}

/** Which templates the other thread was sent; `drop` is told of those that nobody holds any more. */
export function createSentTemplates(drop: (number: number) => void): SentTemplates {
  const dropped = new FinalizationRegistry(drop);
  const known = new WeakMap<Templates, { readonly number: number; texts: number; templates: number }>();
  let lastNumber = 0;
  return {
    news(templates) {
      const sent = known.get(templates) ?? { number: ++lastNumber, texts: 1, templates: 0 };
      if (!known.has(templates)) dropped.register(templates, sent.number);
      known.set(templates, sent);
      const news = templates.since(sent.texts, sent.templates);
      sent.texts = templates.texts.length;
      sent.templates = templates.size;
      return { number: sent.number, news };
    },
  };
}

export interface ReceivedTemplates {
  /** The templates that lines were sent with, the same object for the same number. */
  take(packed: PackedTemplates): Templates;
  drop(number: number): void;
}

/** Copies of what the other thread has, as far as it was sent. */
export function createReceivedTemplates(): ReceivedTemplates {
  const known = new Map<number, Templates>();
  return {
    take({ number, news }) {
      const templates = known.get(number) ?? new Templates();
      known.set(number, templates);
      templates.append(news);
      return templates;
    },
    drop(number) {
      known.delete(number);
    },
  };
}
