/** Tells the time; tests give one that stands still or jumps. */
export interface Clock {
  /** Milliseconds since 1970; may go backwards when the system's clock is set. */
  now(): number
}

/** The clock of this machine. */
export const systemClock: Clock = { now: () => Date.now() }
