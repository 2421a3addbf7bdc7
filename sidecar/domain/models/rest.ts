/** Whether a file may become part of the store as it stands, without its bytes being copied. */
import fs from 'node:fs'
import { AppError } from '../../../schemas/errors.ts'
import { ControlFiles } from '../../platform/control-files.ts'
import { findOpenWriters, type OpenWriters } from '../../platform/open-writers.ts'

/** A file has to be left alone for this long before it counts as finished. */
export const QUIET_PERIOD_MS = 60_000

/** Why a file is not at rest. */
export type Unrest =
  /** A control file beside it says that it is not whole. */
  | 'unfinished'
  /** A program holds it open for writing. */
  | 'in_use'
  /** It has further names, by which it can be changed. */
  | 'hard_linked'
  /** It was written to just now, and the system cannot tell whether a program still does. */
  | 'just_written'

/** Looks at files at one moment. */
export interface RestCheck {
  /**
   * Why a file must not be taken over, renamed or linked as it stands; null where it may be.
   * @param names how many names of the file are known to be harmless
   */
  unrest(path: string, names?: number): Unrest | null
}

/**
 * Takes one look at all open files and at the folders that are asked about; good for as long as a
 * look is good: make a new one before each group of changes.
 */
export async function checkRest(): Promise<RestCheck> {
  return restCheck(await findOpenWriters(), new ControlFiles())
}

/** As {@link checkRest}, by a look that was taken already. */
function restCheck(writers: OpenWriters, controls: ControlFiles): RestCheck {
  return {
    unrest: (path, names = 1) => {
      if (controls.beside(path)) return 'unfinished'
      if (writers.holds(path)) return 'in_use'
      const stat = fs.lstatSync(path, { throwIfNoEntry: false })
      if (stat === undefined) return null
      if (stat.nlink > names) return 'hard_linked'
      const age = Date.now() - Math.max(stat.mtimeMs, stat.ctimeMs)
      return age < QUIET_PERIOD_MS && !writers.canReport(path) ? 'just_written' : null
    },
  }
}

/** Returns a check for files that are copied: it reports `unfinished` alone. */
export function checkFinished(): RestCheck {
  const controls = new ControlFiles()
  return { unrest: (path) => (controls.beside(path) ? 'unfinished' : null) }
}

/** Returns the error for a file that must not be taken over yet. */
export function sourceBusy(path: string): AppError {
  return new AppError('import.source_busy', `${path} is in use by another program`, {
    hint: 'Wait until it is done, then repeat.',
  })
}

const RECENT_MS = 1000

/** One look for many files that come one after the other: made again after a second. */
export class RecentRest {
  #check: RestCheck | null = null
  #at = 0

  /** The last look, or a new one where that is older than a second. */
  async get(): Promise<RestCheck> {
    if (this.#check !== null && performance.now() - this.#at < RECENT_MS) return this.#check
    this.#check = await checkRest()
    this.#at = performance.now()
    return this.#check
  }
}
