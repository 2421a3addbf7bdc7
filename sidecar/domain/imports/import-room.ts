/** How much space an import takes. */
import { dirname } from 'node:path'
import type { ImportRequest } from '../../../schemas/imports.ts'
import { requireSpace } from '../../platform/copy-file.ts'
import { withRoom } from '../../store/abandoned-partials.ts'
import { blobsVolume, mayRenameToBlob } from '../../store/blobs-volume.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import type { Store } from '../../store/store.ts'
import type { ImportCandidate } from './find-files.ts'

/** Reports whether a file may become a blob without being copied. */
export const canStay = (file: ImportCandidate) =>
  file.copied_because === undefined && file.mount === undefined

/**
 * Returns the bytes that are certainly written: those of files that cannot be renamed or linked.
 */
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
 * Ensures free space for bytes: if there is not enough, partial files of dead processes are removed
 * first.
 * @throws disk.full
 */
export async function requireRoom(store: Store, actor: string, bytes: number): Promise<void> {
  if (bytes === 0) return
  await withRoom(store, actor, () => {
    requireSpace(blobsVolume(store.paths), bytes)
  })
}
