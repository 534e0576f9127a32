/** Lets Node.js run TypeScript, in every thread: `--import tsx` does so in the first one only. */
import { register } from 'tsx/esm/api';

register();
