/** The rules that a store pairs lines by. */
import type { PairingRules } from '../../domain/ports.ts';
import { alignEnds } from './align.ts';
import { halfScore } from './score.ts';

export const pairingRules: PairingRules = { align: alignEnds, half: halfScore };
