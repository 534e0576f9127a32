/** The rules that a store pairs lines by. */
import type { PairingRules } from '../../domain/ports.ts';
import { alignEnds } from './align.ts';
import { halfScore, SURE } from './score.ts';

export const pairingRules: PairingRules = { align: alignEnds, sure: SURE, half: halfScore };
