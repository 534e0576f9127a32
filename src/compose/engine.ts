/** What the engine is told before much is stored, whose defaults are for programs of which more is JavaScript. */
import { setFlagsFromString } from 'node:v8';

const FLAGS = [
  // Compiling takes time of threads of its own, which those that read and store lines would like to have.
  '--max-inlined-bytecode-size-cumulative=150',
  // MB, of threads that start later: what lives long is a third of it, and is looked through each time that it is full.
  '--initial-old-space-size=32',
];
/** Of the engine whose flags these are known to be: that of Node.js 20. */
const KNOWN_ENGINE = '11.';

/** For this process, from now on. Another engine is left as it is. */
export function tuneEngine(engine: string = process.versions.v8, tell = setFlagsFromString): void {
  if (engine.startsWith(KNOWN_ENGINE)) for (const flag of FLAGS) tell(flag);
}
