/** How much room an import takes. */
import { dirname } from 'node:path'
import type { ImportRequest } from '../../../schemas/imports.ts'
import { requireSpace } from '../../platform/copy-file.ts'
import { withRoom } from '../../store/abandoned-partials.ts'
import { blobsVolume, mayRenameToBlob } from '../../store/blobs-volume.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import type { Store } from '../../store/store.ts'
import type { ImportCandidate } from './find-files.ts'

/** Reports whether a file may become a part of the store where it is asked to. */
export const canStay = (file: ImportCandidate) =>
  file.copied_because === undefined && file.place === undefined

/** Returns bytes that are sure to be written: those of files that cannot be renamed or linked. */
export function bytesNeeded(
  files: readonly ImportCandidate[],
  request: ImportRequest,
  paths: StorePaths,
): number {
  const renames = new Map<string, boolean>()
  const mayRenameFrom = (source: string) => {
    const folder = dirname(source)
    const known = renames.get(folder) ?? mayRenameToBlob(paths, source)
    renames.set(folder, known)
    return known
  }
  return files.reduce((sum, file) => {
    const inPlace = request.mode === 'move' || request.hard_link
    const stays = inPlace && canStay(file) && mayRenameFrom(file.source)
    return sum + (stays ? 0 : file.size_bytes)
  }, 0)
}

/**
 * Makes sure that there is room for bytes: where there is not, what processes that are gone left is
 * removed first.
 * @throws disk.full
 */
export async function requireRoom(store: Store, actor: string, bytes: number): Promise<void> {
  if (bytes === 0) return
  await withRoom(store, actor, () => {
    requireSpace(blobsVolume(store.paths), bytes)
  })
}
