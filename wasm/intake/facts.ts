/** What is asked of the shape of a template with every line: see `TEMPLATE_FACTS` in `src/store/sqlite/shapes.ts`. */
import { take } from '../memory';

/** Id of the shape (0: not known), hash of its content, FLAGS of its code. */
export const FACT_BYTES: usize = 16;

let facts: usize = 0;
let capacity: i32 = 0;

/** Where the facts of a template are, for which there is room. */
// @ts-ignore: decorator
@inline
export function factsOf(template: i32): usize {
  return facts + FACT_BYTES * <usize>template;
}

/** Makes room for so many templates: nothing is known of those that are new. */
export function reserveFacts(templates: i32): void {
  if (templates <= capacity) return;
  const wide = max(4_096, 1 << (32 - clz(templates - 1)));
  const wider = take(FACT_BYTES * <usize>wide);
  memory.copy(wider, facts, FACT_BYTES * <usize>capacity);
  memory.fill(wider + FACT_BYTES * <usize>capacity, 0, FACT_BYTES * <usize>(wide - capacity));
  facts = wider;
  capacity = wide;
}

export function putFacts(template: i32, shape: i32, contentA: i32, contentB: i32, flags: i32): void {
  const at = factsOf(template);
  store<i32>(at, shape);
  store<i32>(at, contentA, 4);
  store<i32>(at, contentB, 8);
  store<i32>(at, flags, 12);
}

/** Nothing is known of any template. */
export function forgetFacts(): void {
  memory.fill(facts, 0, FACT_BYTES * <usize>capacity);
}
