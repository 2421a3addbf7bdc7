/** Quarantine of foreign files in the place of something of ours: kept, reported, never deleted. */
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import type { StoreTx } from '../../store/store-tx.ts'

const REST_MS = 10_000

/**
 * Moves a file or a whole folder into `data/quarantine/<id>/`, with a record of its origin; one
 * that was removed meanwhile is no longer in the way.
 * @param path absolute, below the store's root
 * @param original where it was, if it was renamed since
 * @returns where it is now, relative to the store's root; null where it was gone
 * @throws disk.*
 */
export async function moveToQuarantine(
  tx: StoreTx,
  path: string,
  original = path,
): Promise<string | null> {
  const id = tx.newId()
  const from = tx.paths.relative(original)
  const folder = join(tx.paths.quarantine, id)
  const to = tx.paths.relative(join(folder, basename(original)))
  const origin = documentText({ from, at: tx.timestamp() })
  try {
    await tx.perform({ op: 'view.quarantine', id, before: { path: from }, after: { path: to } }, [
      { do: 'once', path: tx.paths.relative(join(folder, 'origin.json')), text: origin },
      { do: 'move', from: tx.paths.relative(path), to },
    ])
  } catch (error) {
    if (isAppError(error, 'blob.not_found')) return null
    throw error
  }
  return to
}

/**
 * Moves files out of a view, as {@link moveToQuarantine} does.
 * @param files paths in the view whose root is `root`
 * @returns where each file is now, relative to the store's root
 * @throws disk.*
 */
export async function quarantineFiles(
  tx: StoreTx,
  root: string,
  files: readonly string[],
): Promise<string[]> {
  const moved: string[] = []
  for (const file of files) {
    const path = join(root, file)
    if (fs.lstatSync(path, { throwIfNoEntry: false }) === undefined) continue
    const to = await moveToQuarantine(tx, path)
    if (to !== null) moved.push(to)
  }
  return moved
}

/** Asserts that no file was just written to. @throws view.path_taken, which names when to retry */
export function assertAtRest(tx: StoreTx, root: string, files: readonly string[]): void {
  for (const file of files) {
    const path = join(root, file)
    const stat = fs.lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined || stat.isSymbolicLink()) continue
    const age = tx.now() - stat.mtimeMs
    if (age < 0 || age >= REST_MS) continue
    const until = new Date(stat.mtimeMs + REST_MS).toISOString()
    throw new AppError('view.path_taken', `${path} was written to just now`, {
      hint: `If no program writes to it, this works from ${until} on.`,
      details: { path, until },
    })
  }
}
