/** Clocks; tests use one that stands still or jumps. */
export interface Clock {
  /** Milliseconds since 1970; may go backwards when the system's clock is set. */
  now(): number
}

/** Returns the current time in the form used in documents. */
export function timestampOf(clock: Clock): string {
  return new Date(clock.now()).toISOString()
}

/** The clock of this machine. */
export const systemClock: Clock = { now: () => Date.now() }
