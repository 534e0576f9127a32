/** Every diagnosis that there is, found by looking into all files that may have one. */
import { readdirSync } from 'node:fs';
import type { Diagnosis } from '../../src/analysis/diagnoses/diagnosis.ts';

const FOLDER = new URL('../../src/analysis/diagnoses/', import.meta.url);

export async function allDiagnoses(): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const file of readdirSync(FOLDER)) {
    const module: Record<string, unknown> = await import(new URL(file, FOLDER).href);
    for (const value of Object.values(module)) if (isDiagnosis(value)) found.push(value);
  }
  return found;
}

function isDiagnosis(value: unknown): value is Diagnosis {
  return typeof value === 'object' && value !== null && 'id' in value && 'tell' in value;
}
