/**
 * Removing or replacing what has a name, if it is what the caller means. Another program may put a
 * file there at any moment, also between looking and unlinking: so what is there is first renamed
 * to a name that no other program knows, looked at under that, and then removed or put back.
 */
import { asideWithName } from './aside-name.ts'
import { unlinkIfExists } from './cleanup-on-error.ts'
import * as calls from './disk-calls.ts'
import { putBack } from './remove-duplicate.ts'
import { retryWhileBusy } from './retry-while-busy.ts'

/**
 * The outcome: removed or replaced, already gone, or kept because something else is there. What is
 * kept and cannot get its name back, since that was taken meanwhile, stays at the aside name.
 */
export type Removal = 'removed' | 'gone' | 'kept'

/** What to remove. */
interface Removable {
  /** Absolute. */
  readonly path: string
  /** Decides whether what was at `path` may be removed; it is at `aside` by then. */
  readonly isMeant: (aside: string) => boolean
  /** The name that it gets first, in the same folder; by default one with its own name in it. */
  readonly aside?: string
}

/**
 * Removes what is at `path` if it is what is meant; the caller flushes the folder.
 * @throws disk.*; then it is at `path` again or, where that is taken or the disk fails, at `aside`
 */
export async function removeIf(removable: Removable): Promise<Removal> {
  return replaceIf(removable, () => true)
}

/**
 * Replaces as {@link removeIf} removes; `path` is free for a moment.
 * @param fill makes the new file without overwriting; false where `path` was taken meanwhile
 */
export async function replaceIf(
  { path, isMeant, aside = asideWithName(path) }: Removable,
  fill: () => boolean,
): Promise<Removal> {
  if (!(await renamedAside(path, aside))) return 'gone'
  try {
    if (!isMeant(aside)) {
      putBack(aside, path)
      return 'kept'
    }
    const isReplaced = fill()
    await retryWhileBusy(aside, () => {
      unlinkIfExists(aside)
    })
    return isReplaced ? 'removed' : 'kept'
  } catch (error) {
    putBack(aside, path)
    throw error
  }
}

/** @returns false where nothing has the name */
async function renamedAside(path: string, aside: string): Promise<boolean> {
  return retryWhileBusy(path, () => {
    try {
      calls.rename(path, aside)
      return true
    } catch (error) {
      if (calls.errnoOf(error) === 'ENOENT') return false
      throw error
    }
  })
}
