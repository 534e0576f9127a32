/** The engine's compiler, told to leave more to the interpreter where most of the work is done by WebAssembly. */
import { setFlagsFromString } from 'node:v8';

/** Bytes of a function's code that are run before it is optimized: three times as many as by default. */
const INTERRUPT_BUDGET = 400_000;
/** Of the engine whose flag this is known to be: that of Node.js 20. */
const KNOWN_ENGINE = '11.';

/** For this process, from now on. Another engine is left as it is. */
export function compileLater(engine: string = process.versions.v8, tell = setFlagsFromString): void {
  if (engine.startsWith(KNOWN_ENGINE)) tell(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}
