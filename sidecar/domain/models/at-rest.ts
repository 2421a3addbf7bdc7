/** Whether a file may become part of the store without being copied. */
import fs from 'node:fs'
import { AppError } from '../../../schemas/errors.ts'
import { ControlFiles } from '../../platform/control-files.ts'
import { findOpenWriters, type OpenWriters } from '../../platform/open-writers.ts'

/** A file has to be left alone for this long before it counts as finished. */
export const QUIET_PERIOD_MS = 60_000

/** Why a file is not at rest. */
export type Unrest =
  /** A control file beside it marks it as incomplete. */
  | 'unfinished'
  /** A program holds it open for writing. */
  | 'in_use'
  /** It has further names, by which it can be changed. */
  | 'hard_linked'
  /** It was just written to, and the system cannot report whether a program still writes. */
  | 'just_written'

/** Checks files at one moment. */
export interface RestCheck {
  /**
   * Returns why a file must not be taken over, renamed or linked now; null where it may be.
   * @param names how many names of the file are known to be harmless
   */
  unrest(path: string, names?: number): Unrest | null
}

/**
 * Takes a snapshot of all open files, and of folders on demand; it ages quickly: take a new one
 * before each group of changes.
 */
export async function checkRest(): Promise<RestCheck> {
  return restCheck(await findOpenWriters(), new ControlFiles())
}

/** As {@link checkRest}, by an existing snapshot. */
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

/** Returns a check for files that are copied: it only reports `unfinished`. */
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

/** One snapshot for many files in succession, renewed after a second. */
export class RecentRest {
  #check: RestCheck | null = null
  #at = 0

  /** The last snapshot, or a new one if that is older than a second. */
  async get(): Promise<RestCheck> {
    if (this.#check !== null && performance.now() - this.#at < RECENT_MS) return this.#check
    this.#check = await checkRest()
    this.#at = performance.now()
    return this.#check
  }
}
