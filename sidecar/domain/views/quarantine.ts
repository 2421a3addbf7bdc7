/** Files of somebody's that stand where a link must go: kept, told of, never deleted. */
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import type { StoreTx } from '../../store/store-tx.ts'

const REST_MS = 10_000

/**
 * Moves files out of a view into `data/quarantine/<id>/`, each with its origin beside it; one that
 * somebody has removed meanwhile stands in nobody's way.
 * @param files paths in the view whose root is `root`
 * @returns where each file lies now, relative to the store's root
 * @throws disk.*
 */
export async function quarantineFiles(
  tx: StoreTx,
  root: string,
  files: readonly string[],
): Promise<string[]> {
  const places: string[] = []
  for (const file of files) {
    const path = join(root, file)
    if (fs.lstatSync(path, { throwIfNoEntry: false }) === undefined) continue
    const place = await quarantineFile(tx, path)
    if (place !== null) places.push(place)
  }
  return places
}

async function quarantineFile(tx: StoreTx, path: string): Promise<string | null> {
  const id = tx.newId()
  const from = tx.paths.place(path)
  const folder = join(tx.paths.quarantine, id)
  const to = tx.paths.place(join(folder, basename(path)))
  const origin = documentText({ from, at: tx.timestamp() })
  try {
    await tx.act({ op: 'view.quarantine', id, before: { path: from }, after: { path: to } }, [
      { do: 'once', path: tx.paths.place(join(folder, 'origin.json')), text: origin },
      { do: 'move', from, to },
    ])
  } catch (error) {
    if (isAppError(error, 'blob.not_found')) return null
    throw error
  }
  return to
}

/** @throws view.path_taken where one of the files is still being written to */
export function refuseWhileWritten(tx: StoreTx, root: string, files: readonly string[]): void {
  for (const file of files) {
    const path = join(root, file)
    const stat = fs.lstatSync(path, { throwIfNoEntry: false })
    if (stat === undefined || stat.isSymbolicLink()) continue
    const age = tx.now() - stat.mtimeMs
    if (age < 0 || age >= REST_MS) continue
    throw new AppError('view.path_taken', `${path} was written to just now`, {
      hint: 'Wait until the program that writes it is done, then repeat.',
    })
  }
}
