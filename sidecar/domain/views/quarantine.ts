/** Files of somebody's that stand where a link must go: kept, told of, never deleted. */
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import { documentText } from '../../../schemas/json.ts'
import type { StoreTx } from '../../store/store-tx.ts'

const REST_MS = 10_000

/**
 * Moves files out of a view into `data/quarantine/<id>/`, each with its origin beside it.
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
    const from = join(root, file)
    const id = tx.newId()
    const folder = join(tx.paths.quarantine, id)
    const to = tx.paths.place(join(folder, basename(file)))
    const origin = documentText({ from: tx.paths.place(from), at: tx.timestamp() })
    await tx.act(
      { op: 'view.quarantine', id, before: { path: tx.paths.place(from) }, after: { path: to } },
      [
        { do: 'once', path: tx.paths.place(join(folder, 'origin.json')), text: origin },
        { do: 'move', from: tx.paths.place(from), to },
      ],
    )
    places.push(to)
  }
  return places
}

/** @throws view.path_taken where one of the files is still being written to */
export function refuseWhileWritten(tx: StoreTx, root: string, files: readonly string[]): void {
  for (const file of files) {
    const path = join(root, file)
    const stat = fs.lstatSync(path)
    const age = tx.now() - stat.mtimeMs
    if (stat.isSymbolicLink() || age < 0 || age >= REST_MS) continue
    throw new AppError('view.path_taken', `${path} was written to just now`, {
      hint: 'Wait until the program that writes it is done, then repeat.',
    })
  }
}
