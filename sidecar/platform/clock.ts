/** Clocks; tests give one that stands still or jumps. */
export interface Clock {
  /** Milliseconds since 1970; may go backwards when the system's clock is set. */
  now(): number
}

/** Returns this moment as documents tell it. */
export function timestampOf(clock: Clock): string {
  return new Date(clock.now()).toISOString()
}

/** The clock of this machine. */
export const systemClock: Clock = { now: () => Date.now() }
