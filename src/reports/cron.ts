/** Times that a cron expression names in a time zone. Ms since the epoch. */
import { Cron } from 'croner';
import { messageOf } from '../domain/errors.ts';

export interface Times {
  /** The first time after another; null: there is none. */
  next(after: number): number | null;
  /** The last time before another, or at it; null: there is none. */
  latest(at: number): number | null;
}

/**
 * Reads an expression with five fields, or six with seconds in front.
 * Where a clock is put forward, a time that it jumps over is named at the jump; where it is put back, one that comes twice
 * is named the first time, unless the expression repeats within the hour.
 * Errors: thrown by croner for what `cronProblem` tells.
 */
export function readTimes(expression: string, timezone: string): Times {
  const cron = new Cron(expression, { timezone, paused: true, mode: '5-or-6-parts', catch: false });
  const ms = (date: Date | null | undefined): number | null => date?.getTime() ?? null;
  return {
    next: (after) => ms(cron.nextRun(new Date(after))),
    // The reference itself does not count, and croner thinks in seconds.
    latest: (at) => ms(cron.previousRuns(1, new Date(Math.floor(at / 1_000) * 1_000 + 1_000))[0]),
  };
}

/** What is wrong with an expression or a time zone; null when they can be used. `now`: ms. */
export function cronProblem(expression: string, timezone: string, now: number): string | null {
  try {
    return readTimes(expression, timezone).next(now) === null
      ? 'it names no time that is still to come'
      : null;
  } catch (error) {
    return messageOf(error).replace(/^Cron(?:Pattern|Date): /, '');
  }
}

/** Whether there is a time zone of this name. */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
