/** Makes links, and replaces one in a single step. */
import { dirname } from 'node:path'
import { cleanupOnError } from './cleanup-on-error.ts'
import * as calls from './disk-calls.ts'
import { diskErrorAt } from './disk-error.ts'
import { flushFolder } from './folders.ts'
import { retryWhileBusy } from './retry-while-busy.ts'
import { temporaryBeside } from './temporary-names.ts'

/**
 * Points the link at `path` to `target` in one step, or creates it.
 * @throws disk.*
 */
export async function flipLink(
  target: string,
  path: string,
  type: calls.SymlinkType = 'dir',
): Promise<void> {
  await renameLink(prepareLink(target, path, type), path)
}

/** Makes a temporary link beside `path` that {@link renameLink} later puts in place. */
export function prepareLink(target: string, path: string, type: calls.SymlinkType): string {
  const temporary = temporaryBeside(path)
  try {
    calls.symlink(target, temporary, type)
  } catch (error) {
    throw diskErrorAt(error, path)
  }
  return temporary
}

/**
 * Puts a prepared link in place, over an existing one, and flushes its folder; on failure the
 * temporary link is removed.
 */
export async function renameLink(temporary: string, path: string): Promise<void> {
  await cleanupOnError(temporary, async () => {
    await retryWhileBusy(path, () => {
      calls.rename(temporary, path)
    })
    await flushFolder(dirname(path))
  })
}

/** What a link leads to: a symbolic link's target, or the file that a hard link is a name of. */
export type LinkTarget = { readonly symbolic: string } | { readonly hard: string }

/**
 * Makes a link to a file under a free name; the caller flushes the folder.
 * @returns false where `path` exists
 * @throws disk.*
 */
export function makeLink(target: LinkTarget, path: string): boolean {
  try {
    if ('hard' in target) calls.hardLink(target.hard, path)
    else calls.symlink(target.symbolic, path, 'file')
    return true
  } catch (error) {
    if (calls.errnoOf(error) === 'EEXIST') return false
    throw diskErrorAt(error, path)
  }
}
