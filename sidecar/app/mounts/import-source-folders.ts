/** Folders of the user from which this store imported files, and to which undo copies them back. */
import { dirname, isAbsolute } from 'node:path'
import { matchingOperations } from '../../index/list-operations.ts'
import type { OperationName } from '../../store/operation-names.ts'
import type { Services } from '../services.ts'

/** How many of the latest operations of each name are searched: their folders are few. */
const MAX_OPERATIONS = 1000

const TAKES = ['file.release', 'blob.import'] as const satisfies readonly OperationName[]

function takenBy({ index, store: { reader } }: Services, op: OperationName): string[] {
  const part = { limit: MAX_OPERATIONS, offset: 0 }
  const latest = index.operations((db) => matchingOperations(db, { op }, part))
  return latest.flatMap(({ position }) => {
    const path = reader.journal.head(position)?.before['path']
    // Paths in the store itself are recorded relative to its root.
    return typeof path === 'string' && isAbsolute(path) ? [dirname(path)] : []
  })
}

/** Returns absolute paths, each once; the folders that are set up for imports come first. */
export function importSourceFolders(services: Services): string[] {
  const taken = TAKES.flatMap((op) => takenBy(services, op))
  return [...new Set([...services.store.reader.machine().import_roots, ...taken])]
}
