#!/usr/bin/env node
import { drain, processIo } from './io.ts';
import { run } from './run.ts';

const status = await run(process.argv.slice(2), processIo());
await drain(process.stdout);
await drain(process.stderr);
// Standard input may still be open, and would keep the process waiting for it.
process.exit(status);
