/** What the engine is told before much is stored, whose defaults are for programs of which more is JavaScript. */
import { setFlagsFromString } from 'node:v8';

const FLAGS = [
  // Compiling takes time of threads of its own, which those that read and store lines would like to have.
  '--max-inlined-bytecode-size-cumulative=150',
  // Four times the usual work until a function is compiled: much of what was is over before that has paid.
  '--interrupt-budget=270000',
  // What lives long is eight megabytes; as much again of arrays, which come and go, had it looked through each time.
  '--heap-growing-percent=300',
];
/** Of the engine whose flags these are known to be: that of Node.js 20. */
const KNOWN_ENGINE = '11.';

/**
 * For this process, from now on. Another engine is left as it is. Call when all that it needs of Node.js is loaded: the code of its
 * modules that comes with it is for an engine without flags, and is made anew where there are any.
 */
export function tuneEngine(engine: string = process.versions.v8, tell = setFlagsFromString): void {
  if (engine.startsWith(KNOWN_ENGINE)) for (const flag of FLAGS) tell(flag);
}
